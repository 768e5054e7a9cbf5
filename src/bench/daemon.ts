/** What the runtime's daemon costs, from /proc. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { DaemonCost } from "./result.ts";

/** The clock that /proc/PID/stat counts in: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;
const listening = 0x10000;

interface Snapshot {
  readonly pid: number;
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly threads: number;
  readonly fileDescriptors: number;
}

/** Begins to watch the daemon behind a socket of this host; the answer ends it. Undefined where it cannot be seen. */
export function watchDaemon(endpoint: string): () => DaemonCost | undefined {
  const pid = listenerOf(endpoint.replace(/^unix:\/\//, ""));
  const before = pid === undefined || pid === process.pid ? undefined : snapshot(pid);
  return () => {
    const after = before === undefined ? undefined : snapshot(before.pid);
    if (before === undefined || after === undefined) return undefined;
    return {
      pid: before.pid, cpuSeconds: Math.max(0, after.cpuSeconds - before.cpuSeconds), rssBytes: [before.rssBytes, after.rssBytes],
      threads: [before.threads, after.threads], fileDescriptors: [before.fileDescriptors, after.fileDescriptors],
    };
  };
}

/** Whoever holds the listening socket of a path open. */
function listenerOf(path: string): number | undefined {
  const line = (textOf("/proc/net/unix") ?? "").split("\n").map((each) => each.trim().split(/\s+/))
    .find((columns) => columns[7] === path && (Number.parseInt(columns[3] ?? "0", 16) & listening) !== 0);
  if (line === undefined) return undefined;
  const wanted = `socket:[${line[6] ?? ""}]`;
  return names("/proc").filter((name) => /^\d+$/.test(name)).map(Number).find((pid) => names(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === wanted));
}

function snapshot(pid: number): Snapshot | undefined {
  const [stat, status] = [textOf(`/proc/${pid}/stat`), textOf(`/proc/${pid}/status`)];
  if (stat === undefined || status === undefined) return undefined;
  // The command in parentheses may hold blanks; what follows does not.
  const columns = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0);
  return {
    pid, cpuSeconds: (Number(columns[11] ?? 0) + Number(columns[12] ?? 0)) / ticksPerSecond,
    rssBytes: field("VmRSS") * 1024, threads: field("Threads"), fileDescriptors: names(`/proc/${pid}/fd`).length,
  };
}

// Processes end, and those of others are closed to us: what cannot be read is not there.
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  return attempt(() => readFileSync(path, "utf8"));
}

function names(path: string): string[] {
  return attempt(() => readdirSync(path)) ?? [];
}

function linkOf(path: string): string | undefined {
  return attempt(() => readlinkSync(path));
}
