/** What processes of this host use, from /proc. What cannot be read is not there: processes end, and those of others are closed to us. */
import { mountPoints, namesIn, readIfThere } from "../../kernel/files.ts";

/** The clock that /proc/PID/stat counts in: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

export interface ProcessUse {
  readonly pid: number;
  /** Its own, and that of children which it has waited for. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly threads: number;
  readonly fileDescriptors: number;
}

export function useOf(pid: number): ProcessUse | undefined {
  const [stat, status] = [readIfThere(`/proc/${pid}/stat`), readIfThere(`/proc/${pid}/status`)];
  if (stat === undefined || status === undefined) return undefined;
  // The command in parentheses may hold blanks; what follows does not.
  const columns = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = columns.slice(11, 15).reduce((sum, column) => sum + Number(column), 0);
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0);
  return { pid, cpuSeconds: ticks / ticksPerSecond, rssBytes: field("VmRSS") * 1024, threads: field("Threads"), fileDescriptors: namesIn(`/proc/${pid}/fd`).length };
}

/** Memory with each shared page counted by its share; null where the kernel does not tell. Costs more than the rest. */
export function pssOf(pid: number): number | null {
  const kib = /^Pss:\s*(\d+)/m.exec(readIfThere(`/proc/${pid}/smaps_rollup`) ?? "")?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

/** The command line, its words apart; empty for kernel threads. */
export function wordsOf(pid: number): string[] {
  return (readIfThere(`/proc/${pid}/cmdline`) ?? "").split("\0").filter((word) => word !== "");
}

/** How many mounts lie below a folder, as a process sees them. */
export function mountsBelow(pid: number, folder: string): number {
  return mountPoints(pid).filter((path) => path.startsWith(`${folder}/`)).length;
}
