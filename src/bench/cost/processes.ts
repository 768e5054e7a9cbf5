/** What processes of this host use, from /proc. What cannot be read is not there: processes end, and those of others are closed to us. */
import { fieldOf, mountPoints, namesIn, readIfThere, statOf } from "../../kernel/files.ts";

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
  const [columns, status] = [statOf(pid), readIfThere(`/proc/${pid}/status`)];
  if (columns === undefined || status === undefined) return undefined;
  const ticks = columns.slice(11, 15).reduce((sum, column) => sum + Number(column), 0);
  const field = (name: string): number => Number(fieldOf(status, name) ?? 0);
  return { pid, cpuSeconds: ticks / ticksPerSecond, rssBytes: field("VmRSS") * 1024, threads: field("Threads"), fileDescriptors: namesIn(`/proc/${pid}/fd`).length };
}

/** Memory with each shared page counted by its share; null where the kernel does not tell. Costs more than the rest. */
export function pssOf(pid: number): number | null {
  const kib = fieldOf(readIfThere(`/proc/${pid}/smaps_rollup`) ?? "", "Pss");
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
