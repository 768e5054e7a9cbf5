/** Processes, as the kernel of the runtime's host shows them. */
import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";

export interface HostProcess {
  readonly pid: bigint;
  readonly parent: bigint;
  /** The effective user. */
  readonly uid: bigint;
  /** The effective group. */
  readonly gid: bigint;
  readonly command: string;
  readonly state: string;
  readonly threads: bigint;
  readonly rss: bigint;
  readonly oom_score_adj: bigint;
}

/** The text of a file, or undefined when what it describes has gone. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    // A process that ends while we look at it is no failure: it is simply not there.
    return undefined;
  }
}

/** All process ids of the host, ascending. */
export async function processIds(): Promise<number[]> {
  const names = await readdir("/proc");
  return names.filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b);
}

function field(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1] ?? "";
}

/** One process; undefined once it is gone or dead (a zombie is dead). */
export async function describeProcess(pid: number): Promise<HostProcess | undefined> {
  const status = await readIfThere(`/proc/${pid}/status`);
  if (status === undefined || /^[ZX]/.test(field(status, "State"))) {
    return undefined;
  }
  const command = (await readIfThere(`/proc/${pid}/cmdline`)) ?? "";
  const adjust = (await readIfThere(`/proc/${pid}/oom_score_adj`)) ?? "0";
  return {
    pid: BigInt(pid),
    parent: BigInt(field(status, "PPid") || "0"),
    uid: BigInt(/^Uid:\s*\d+\s+(\d+)/m.exec(status)?.[1] ?? "0"),
    gid: BigInt(/^Gid:\s*\d+\s+(\d+)/m.exec(status)?.[1] ?? "0"),
    command: command.replaceAll("\0", " ").trim() || field(status, "Name"),
    state: field(status, "State"),
    threads: BigInt(field(status, "Threads") || "0"),
    rss: BigInt(field(status, "VmRSS") || "0") * 1024n,
    oom_score_adj: BigInt(adjust.trim() || "0"),
  };
}

/** How many capabilities a process is permitted: nobody can hand on more. */
export async function capabilityCount(pid: number): Promise<bigint> {
  const status = (await readIfThere(`/proc/${pid}/status`)) ?? "";
  const bits = BigInt(`0x${field(status, "CapPrm") || "0"}`);
  return BigInt([...bits.toString(2)].filter((bit) => bit === "1").length);
}

/** Process ids whose cgroup path holds this container or pod id, ascending. */
export async function processesOf(id: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await processIds()) {
    const cgroup = await readIfThere(`/proc/${pid}/cgroup`);
    if (cgroup?.includes(id) === true && (await describeProcess(pid)) !== undefined) {
      found.push(pid);
    }
  }
  return found;
}

const namespaceKinds = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

/** Namespace kind to inode number. */
export async function namespacesOf(pid: number): Promise<Record<string, bigint>> {
  const found: Record<string, bigint> = {};
  for (const kind of namespaceKinds) {
    try {
      const inode = /\[(\d+)\]/.exec(await readlink(`/proc/${pid}/ns/${kind}`))?.[1];
      if (inode !== undefined) {
        found[kind] = BigInt(inode);
      }
    } catch {
      // The kernel lacks this kind, or the process went: both read as absent.
    }
  }
  return found;
}

async function holdsSocket(pid: number, socket: string): Promise<boolean> {
  try {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "");
      if (target === socket) {
        return true;
      }
    }
  } catch {
    // Gone, or not ours to look into: then it is not found here.
    return false;
  }
  return false;
}

/** The process that listens on a unix socket, if it can be seen. */
export async function listenerOf(socketPath: string): Promise<number | undefined> {
  const table = (await readIfThere("/proc/net/unix")) ?? "";
  const inodes = table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    // Flags 00010000: a socket that accepts connections.
    .filter((columns) => columns[7] === socketPath && columns[3] === "00010000")
    .map((columns) => columns[6] ?? "");
  for (const pid of await processIds()) {
    for (const inode of inodes) {
      if (await holdsSocket(pid, `socket:[${inode}]`)) {
        return pid;
      }
    }
  }
  return undefined;
}

/** Pids and commands of the processes that runtimes keep beside containers, of those whose command line is `own`. */
export async function shimProcesses(own: (commandLine: string) => boolean): Promise<string[]> {
  const shims: string[] = [];
  for (const pid of await processIds()) {
    const line = (await readIfThere(`/proc/${pid}/cmdline`)) ?? "";
    const name = basename(line.split("\0")[0] ?? "");
    if (/^(containerd-shim|conmon|crun|runc)/.test(name) && own(line)) {
      shims.push(`${pid} ${name}`);
    }
  }
  return shims;
}

/** The folders that tell one daemon from another: that of its socket, and those that its command line names. */
export async function daemonFolders(socketPath: string | undefined): Promise<string[]> {
  if (socketPath === undefined) return [];
  const pid = await listenerOf(socketPath);
  const line = pid === undefined ? "" : ((await readIfThere(`/proc/${pid}/cmdline`)) ?? "");
  const named = line.split("\0").slice(1).map((part) => part.slice(part.indexOf("=") + 1)).filter((part) => part.startsWith("/"));
  return [...new Set([socketPath, ...named].map((path) => `${dirname(path)}/`))].filter((folder) => folder !== "/" && !/^\/(etc|run|tmp|usr|var)\/$/.test(folder));
}

/** Named network namespaces in which no process lives. */
export async function orphanNetworks(folder: string): Promise<string[]> {
  const lived = new Set(await Promise.all((await processIds()).map((pid) => readlink(`/proc/${pid}/ns/net`).catch(() => ""))));
  const names = await readdir(folder).catch(() => []);
  const orphans = await Promise.all(names.map(async (name) => {
    const inode = (await stat(`${folder}/${name}`).catch(() => undefined))?.ino;
    return inode === undefined || lived.has(`net:[${inode}]`) ? [] : [name];
  }));
  return orphans.flat().sort();
}
