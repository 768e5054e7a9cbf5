/** What the runtime uses while a load runs: its daemon and its shims, on the clock of the samples. */
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { processIds } from "../../kernel/files.ts";
import type { RuntimeCost, RuntimeMoment, RuntimeSnapshot, UseFigures } from "../result.ts";
import { mountsBelow, type ProcessUse, pssOf, useOf, wordsOf } from "./processes.ts";

const tickMs = 500;
const goneWithinMs = 5000;
/** Daemons keep a few for their pools. */
const allowedFileDescriptors = 8;

export interface WatchOptions {
  /** The path of the runtime's unix socket. */
  readonly socket: string;
  /** The process that listens there, if it can be seen. */
  readonly daemon: number | undefined;
  /** `performance.now()` at the begin of the run. */
  readonly originMs: number;
  /** The memory of the harness just now, and how many workers are in it. */
  readonly harness: () => { readonly rssBytes: number; readonly workers: number };
}

/** Watches from its making to `stop`. */
export class RuntimeWatch {
  readonly #options: WatchOptions;
  readonly #socket: string;
  readonly #pid: number | undefined;
  readonly #before: RuntimeSnapshot | undefined;
  readonly #timeline: RuntimeMoment[] = [];
  readonly #cpuOfShims = new Map<number, { readonly first: number; last: number }>();
  readonly #isShim = new Map<number, boolean>();
  readonly #timer: NodeJS.Timeout;
  readonly #cpuAtBegin: number;
  #phase = "";
  #resident = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#socket = options.socket;
    // The embedded runtime is this process.
    this.#pid = options.daemon === process.pid ? undefined : options.daemon;
    this.#before = this.#pid === undefined ? undefined : this.#snapshot(this.#pid);
    this.#cpuAtBegin = this.#pid === undefined ? 0 : useOf(this.#pid)?.cpuSeconds ?? 0;
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#timer.unref();
  }

  /** Says what the next moments belong to. */
  enter(phase: string, resident: number): void {
    this.#phase = phase;
    this.#resident = resident;
    this.#tick();
  }

  /** What each of so many pods costs just now more than none did; undefined where the daemon cannot be seen. */
  costOf(pods: number): UseFigures | undefined {
    return this.#pid === undefined || this.#before === undefined ? undefined : perPod(this.#before, this.#snapshot(this.#pid), pods);
  }

  /** Ends the watch: call it when the load is over and nothing of it is removed yet. */
  stop(): void {
    this.#tick();
    clearInterval(this.#timer);
  }

  /** What it was all in all, with what is left when everything is removed. */
  async account(): Promise<RuntimeCost> {
    clearInterval(this.#timer);
    const timeline = this.#timeline;
    const [pid, before] = [this.#pid, this.#before];
    if (pid === undefined || before === undefined) return { timeline };
    const last = timeline.at(-1);
    const after = await this.#settled(pid, before);
    return {
      pid, before, after, timeline, leaks: leaksOf(before, after),
      cpuSeconds: Math.max(0, (last?.daemonCpuSeconds ?? 0)), shimCpuSeconds: last?.shimCpuSeconds ?? 0,
    };
  }

  /** Shims end a little after their pods. */
  async #settled(pid: number, before: RuntimeSnapshot): Promise<RuntimeSnapshot> {
    const untilMs = performance.now() + goneWithinMs;
    while (performance.now() < untilMs && this.#shims(pid).length > before.shims.count) await sleep(200);
    return this.#snapshot(pid);
  }

  #tick(): void {
    const pid = this.#pid;
    const atNs = Math.round((performance.now() - this.#options.originMs) * 1e6);
    const { rssBytes, workers } = this.#options.harness();
    const shared = { atNs, phase: this.#phase, resident: this.#resident, harnessRssBytes: rssBytes, workers };
    const daemon = pid === undefined ? undefined : useOf(pid);
    if (pid === undefined || daemon === undefined) {
      this.#timeline.push(shared);
      return;
    }
    const shims = this.#shims(pid);
    for (const { pid: id, cpuSeconds } of shims) {
      const known = this.#cpuOfShims.get(id);
      if (known !== undefined) known.last = cpuSeconds;
      // A shim that is new since the begin has worked for this load alone.
      else this.#cpuOfShims.set(id, { first: this.#timeline.length === 0 ? cpuSeconds : 0, last: cpuSeconds });
    }
    this.#timeline.push({
      ...shared, daemonCpuSeconds: daemon.cpuSeconds - this.#cpuAtBegin, shimCpuSeconds: [...this.#cpuOfShims.values()].reduce((sum, { first, last }) => sum + last - first, 0),
      daemonRssBytes: daemon.rssBytes, daemonThreads: daemon.threads, daemonFileDescriptors: daemon.fileDescriptors,
      shims: shims.length, shimRssBytes: sumOf(shims, "rssBytes"),
    });
  }

  #snapshot(pid: number): RuntimeSnapshot {
    const daemon = useOf(pid);
    const shims = this.#shims(pid);
    const pss = shims.map((shim) => pssOf(shim.pid));
    return {
      daemon: { rssBytes: daemon?.rssBytes ?? 0, pssBytes: pssOf(pid), threads: daemon?.threads ?? 0, fileDescriptors: daemon?.fileDescriptors ?? 0 },
      shims: {
        count: shims.length, rssBytes: sumOf(shims, "rssBytes"), pssBytes: pss.includes(null) ? null : pss.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0),
        threads: sumOf(shims, "threads"), fileDescriptors: sumOf(shims, "fileDescriptors"),
      },
      mounts: mountsBelow(pid, dirname(this.#socket)),
    };
  }

  #shims(daemon: number): ProcessUse[] {
    const alive = processIds();
    for (const pid of this.#isShim.keys()) if (!alive.includes(pid)) this.#isShim.delete(pid);
    return alive.filter((pid) => this.#belongs(pid, daemon)).flatMap((pid) => useOf(pid) ?? []);
  }

  /** Shims are told the daemon's socket; conmon is CRI-O's. The words of a process change only once, when it becomes another program. */
  #belongs(pid: number, daemon: number): boolean {
    const known = this.#isShim.get(pid);
    if (known !== undefined || pid === daemon || pid === process.pid) return known ?? false;
    const words = wordsOf(pid);
    const found = isShim(words, this.#socket, () => wordsOf(daemon));
    if (words.length > 0) this.#isShim.set(pid, found);
    return found;
  }
}

/** Whether a command line is that of a shim of the daemon behind a socket. */
export function isShim(words: readonly string[], socket: string, daemon: () => readonly string[]): boolean {
  const name = words[0]?.split("/").at(-1) ?? "";
  if (/^containerd-shim/.test(name)) return words.some((word) => word === socket || word === `${socket}.ttrpc`);
  return name === "conmon" && (daemon()[0] ?? "").endsWith("crio");
}

/** What was more afterwards than before. */
export function leaksOf(before: RuntimeSnapshot, after: RuntimeSnapshot): string[] {
  const more = (what: string, was: number, is: number, allowed = 0): string[] => (is - was > allowed ? [`${what}: ${was} before, ${is} after`] : []);
  return [
    ...more("shims", before.shims.count, after.shims.count), ...more("mounts", before.mounts, after.mounts),
    ...more("file descriptors of the daemon", before.daemon.fileDescriptors, after.daemon.fileDescriptors, allowedFileDescriptors),
  ];
}

/** What one of `pods` pods costs more than none. */
export function perPod(before: RuntimeSnapshot, now: RuntimeSnapshot, pods: number): UseFigures {
  const all = (snapshot: RuntimeSnapshot, key: "rssBytes" | "threads" | "fileDescriptors"): number => snapshot.daemon[key] + snapshot.shims[key];
  const each = (key: "rssBytes" | "threads" | "fileDescriptors"): number => (all(now, key) - all(before, key)) / pods;
  const pss = (snapshot: RuntimeSnapshot): number | null => (snapshot.daemon.pssBytes === null || snapshot.shims.pssBytes === null ? null : snapshot.daemon.pssBytes + snapshot.shims.pssBytes);
  const [was, is] = [pss(before), pss(now)];
  return { rssBytes: each("rssBytes"), pssBytes: was === null || is === null ? null : (is - was) / pods, threads: each("threads"), fileDescriptors: each("fileDescriptors") };
}

function sumOf(list: readonly ProcessUse[], key: "rssBytes" | "threads" | "fileDescriptors"): number {
  return list.reduce((sum, use) => sum + use[key], 0);
}
