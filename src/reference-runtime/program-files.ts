import { bytes, NotSimulated, Options, pattern, UsageError } from "./program-options.ts";
import type { ProcessApi } from "./process.ts";
import type { Command, World } from "./program.ts";
import { findFile, normal } from "./rootfs.ts";

/** File subcommands, answered from the image and from what the container wrote. */
export const fileCommands: Readonly<Record<string, Command>> = {
  read: (args, api, world) => {
    const path = place(one(args), api, world);
    const written = world.written.get(path);
    if (written !== undefined) return shown(written);
    const found = findFile(world.files, path)?.entry;
    if (found === undefined) return { errno: "ENOENT" };
    if (found.kind === "directory") return { errno: "EISDIR" };
    if (found.content === undefined) throw new NotSimulated(`read ${path}`);
    return shown(found.content);
  },
  write: (args, api, world) => {
    const options = new Options(args, ["bytes"], ["append"]);
    const [target, word = "probe"] = options.rest;
    const path = place(target ?? "", api, world);
    if (world.readonlyRoot) return { errno: "EROFS" };
    const size = bytes(options.last("bytes", "0"));
    const content = size > 0 ? pattern(size) : Buffer.from(word);
    if (findFile(world.files, path)?.entry.kind === "directory") return { errno: "EISDIR" };
    const before = options.has("append") ? (world.written.get(path) ?? Buffer.alloc(0)) : Buffer.alloc(0);
    world.written.set(path, Buffer.concat([before, content]));
    return { bytes: content.length };
  },
  unlink: (args, api, world) => {
    const path = place(one(args), api, world);
    if (world.written.delete(path)) return {};
    if (findFile(world.files, path) === undefined) return { errno: "ENOENT" };
    throw new NotSimulated(`unlink ${path}`);
  },
  stat: (args, api, world) => {
    const path = place(one(args), api, world);
    const written = world.written.get(path);
    const { uid, gid } = api.identity;
    if (written !== undefined) return { exists: true, kind: "file", mode: 0o644, uid, gid, size: written.length };
    const found = findFile(world.files, path)?.entry;
    if (found === undefined) return { exists: false, errno: "ENOENT" };
    return { exists: true, kind: found.kind, mode: found.mode & 0o7777, uid: 0, gid: 0, size: found.size };
  },
};

function shown(content: Buffer): Readonly<Record<string, unknown>> {
  return { text: content.toString("utf8"), base64: content.toString("base64"), size: content.length };
}

/** The full path; those where a mount or the kernel's own files would be take a kernel. */
function place(path: string, api: ProcessApi, world: World): string {
  const full = normal(path.startsWith("/") ? path : `${api.cwd}/${path}`);
  for (const mount of [...world.mounts, "/proc", "/sys", "/dev", "/etc/resolv.conf", "/etc/hosts", "/etc/hostname"]) {
    if (full === mount || full.startsWith(`${mount}/`)) throw new NotSimulated(full);
  }
  return full;
}

function one(args: readonly string[]): string {
  const [only] = args;
  if (only === undefined || args.length > 1) throw new UsageError("wrong number of arguments");
  return only;
}
