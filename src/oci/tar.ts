/**
 * Archives whose bytes depend on their content alone: sorted, one time stamp, numeric owners (ustar).
 * Written here because image digests must not change with a library.
 */
import { Buffer } from "node:buffer";
import { HarnessError } from "../model/errors.ts";

export interface TarEntry {
  /** Relative path without a leading slash. */
  readonly path: string;
  readonly type: "file" | "directory" | "link";
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly content?: Uint8Array;
  readonly target?: string;
}

const block = 512;
const typeFlags = { file: "0", directory: "5", link: "2" } as const;

/** The archive of the entries in byte order of their paths. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const sorted = [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const parts: Uint8Array[] = [];
  for (const entry of sorted) {
    const content = entry.content ?? new Uint8Array();
    parts.push(header(entry, content.length), content, new Uint8Array((block - (content.length % block)) % block));
  }
  parts.push(new Uint8Array(2 * block));
  return Buffer.concat(parts);
}

function header(entry: TarEntry, size: number): Buffer {
  const bytes = Buffer.alloc(block);
  const [prefix, name] = splitPath(entry.type === "directory" ? `${entry.path}/` : entry.path);
  bytes.write(name, 0);
  octal(bytes, entry.mode, 100, 8);
  octal(bytes, entry.uid ?? 0, 108, 8);
  octal(bytes, entry.gid ?? 0, 116, 8);
  octal(bytes, size, 124, 12);
  octal(bytes, 0, 136, 12);
  bytes.fill(" ", 148, 156);
  bytes.write(typeFlags[entry.type], 156);
  bytes.write(entry.target ?? "", 157);
  bytes.write("ustar\u000000", 257);
  octal(bytes, 0, 329, 8);
  octal(bytes, 0, 337, 8);
  bytes.write(prefix, 345);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148);
  return bytes;
}

function octal(bytes: Buffer, value: number, at: number, length: number): void {
  bytes.write(`${value.toString(8).padStart(length - 1, "0")}\u0000`, at);
}

function splitPath(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ["", path];
  for (let cut = path.indexOf("/"); cut > 0; cut = path.indexOf("/", cut + 1)) {
    const name = path.slice(cut + 1);
    if (name !== "" && cut <= 155 && Buffer.byteLength(name) <= 100) return [path.slice(0, cut), name];
  }
  throw new HarnessError("USAGE", `the path is too long for an archive: ${path}`, { hint: "Shorten the path." });
}
