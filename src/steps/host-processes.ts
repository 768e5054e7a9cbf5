/** Processes, as the kernel of the runtime's host shows them. */
import { readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setImmediate as othersTurn } from "node:timers/promises";
import { fieldOf, ifThere, namesIn, processIds, readIfThere, statOf } from "../kernel/files.ts";

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

/** So many processes are looked at in a few milliseconds; then whoever waits has a turn. */
const atOnce = 200;

/** The processes of the host, ascending by id. */
async function* eachProcess(): AsyncGenerator<number> {
  for (const [index, pid] of processIds().entries()) {
    if (index % atOnce === atOnce - 1) await othersTurn();
    yield pid;
  }
}

/** What `look` gives for each process of the host, without undefined. */
async function ofProcesses<T>(look: (pid: number) => T | undefined): Promise<T[]> {
  const found: T[] = [];
  for await (const pid of eachProcess()) {
    const one = look(pid);
    if (one !== undefined) found.push(one);
  }
  return found;
}

/** One process; undefined once it is gone or dead (a zombie is dead). */
export function describeProcess(pid: number): HostProcess | undefined {
  const status = readIfThere(`/proc/${pid}/status`);
  if (status === undefined || /^[ZX]/.test(fieldOf(status, "State") ?? "")) {
    return undefined;
  }
  const command = readIfThere(`/proc/${pid}/cmdline`) ?? "";
  const adjust = readIfThere(`/proc/${pid}/oom_score_adj`) ?? "0";
  return {
    pid: BigInt(pid),
    parent: BigInt(fieldOf(status, "PPid") ?? "0"),
    uid: BigInt(/^Uid:\s*\d+\s+(\d+)/m.exec(status)?.[1] ?? "0"),
    gid: BigInt(/^Gid:\s*\d+\s+(\d+)/m.exec(status)?.[1] ?? "0"),
    command: command.replaceAll("\0", " ").trim() || (fieldOf(status, "Name") ?? ""),
    state: fieldOf(status, "State") ?? "",
    threads: BigInt(fieldOf(status, "Threads") ?? "0"),
    rss: BigInt(fieldOf(status, "VmRSS") ?? "0") * 1024n,
    oom_score_adj: BigInt(adjust.trim() || "0"),
  };
}

/** How many capabilities a process is permitted: nobody can hand on more. */
export function capabilityCount(pid: number): bigint {
  const status = readIfThere(`/proc/${pid}/status`) ?? "";
  const bits = BigInt(`0x${fieldOf(status, "CapPrm") ?? "0"}`);
  return BigInt([...bits.toString(2)].filter((bit) => bit === "1").length);
}

/** Process ids whose cgroup path holds this container or pod id, ascending. */
export function processesOf(id: string): Promise<number[]> {
  return ofProcesses((pid) => (readIfThere(`/proc/${pid}/cgroup`)?.includes(id) === true && describeProcess(pid) !== undefined ? pid : undefined));
}

const namespaceKinds = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

/** Namespace kind to inode number. A kind that the kernel lacks is absent. */
export function namespacesOf(pid: number): Record<string, bigint> {
  return Object.fromEntries(namespaceKinds.flatMap((kind): [string, bigint][] => {
    const inode = /\[(\d+)\]/.exec(linkTarget(`/proc/${pid}/ns/${kind}`))?.[1];
    return inode === undefined ? [] : [[kind, BigInt(inode)]];
  }));
}

function linkTarget(path: string): string {
  return ifThere(() => readlinkSync(path)) ?? "";
}

function holdsOneOf(pid: number, sockets: ReadonlySet<string>): boolean {
  return namesIn(`/proc/${pid}/fd`).some((fd) => sockets.has(linkTarget(`/proc/${pid}/fd/${fd}`)));
}

/** The path without symbolic links in its folders: who binds and who connects may each use another (`/var/run` and `/run`). */
function withoutLinks(path: string): string {
  return join(ifThere(() => realpathSync(dirname(path))) ?? dirname(path), basename(path));
}

/** The process that listens on a unix socket, if it can be seen. */
export async function listenerOf(socketPath: string): Promise<number | undefined> {
  const wanted = withoutLinks(socketPath);
  const isWanted = (path: string): boolean => path === socketPath || (basename(path) === basename(wanted) && withoutLinks(path) === wanted);
  const table = readIfThere("/proc/net/unix") ?? "";
  const sockets = new Set(table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    // Flags 00010000: a socket that accepts connections.
    .filter((columns) => columns[3] === "00010000" && isWanted(columns[7] ?? ""))
    .map((columns) => `socket:[${columns[6] ?? ""}]`));
  if (sockets.size === 0) return undefined;
  let first: number | undefined;
  for await (const pid of eachProcess()) {
    if (!holdsOneOf(pid, sockets)) continue;
    first ??= pid;
    // The first process of a host hands sockets on to the daemons that it starts.
    if (pid > 1) return eldestOf(pid, (one) => holdsOneOf(one, sockets), parentOf);
  }
  return first;
}

/** Of a process and its forebears the eldest that holds what it does: between fork and exec a child has all that its parent has, and maybe the lower id. */
export function eldestOf(pid: number, holds: (pid: number) => boolean, parent: (pid: number) => number): number {
  for (let eldest = pid; ; ) {
    const next = parent(eldest);
    if (next <= 1 || !holds(next)) return eldest;
    eldest = next;
  }
}

function parentOf(pid: number): number {
  return Number(statOf(pid)?.[1] ?? "0");
}

/** Pids and commands of the processes that runtimes keep beside containers, of those whose command line is `own`. */
export function shimProcesses(own: (commandLine: string) => boolean): Promise<string[]> {
  const isShim = (name: string | undefined): boolean => /^(containerd-shim|conmon|crun|runc)/.test(name ?? "");
  return ofProcesses((pid) => {
    // The command line of a process whose memory is stuck, on a dead file system say, cannot be read by anybody: strangers are not asked for theirs.
    if (!isShim(readIfThere(`/proc/${pid}/comm`))) return undefined;
    const line = readIfThere(`/proc/${pid}/cmdline`) ?? "";
    const name = basename(line.split("\0")[0] ?? "");
    return isShim(name) && own(line) ? `${pid} ${name}` : undefined;
  });
}

/** The folders that tell one daemon from another: that of its socket, and those that its command line names. */
export async function daemonFolders(socketPath: string | undefined): Promise<string[]> {
  if (socketPath === undefined) return [];
  const pid = await listenerOf(socketPath);
  const line = pid === undefined ? "" : (readIfThere(`/proc/${pid}/cmdline`) ?? "");
  const named = line.split("\0").slice(1).map((part) => part.slice(part.indexOf("=") + 1)).filter((part) => part.startsWith("/"));
  const paths = [socketPath, ...named].flatMap((path) => [path, withoutLinks(path)]);
  return [...new Set(paths.map((path) => `${dirname(path)}/`))].filter((folder) => folder !== "/" && !/^\/(etc|run|tmp|usr|var)\/$/.test(folder));
}

/** Named network namespaces in which no process lives. */
export async function orphanNetworks(folder: string): Promise<string[]> {
  const lived = new Set(await ofProcesses((pid) => linkTarget(`/proc/${pid}/ns/net`)));
  return namesIn(folder).filter((name) => {
    const inode = ifThere(() => statSync(`${folder}/${name}`))?.ino;
    return inode !== undefined && !lived.has(`net:[${inode}]`);
  }).sort();
}
