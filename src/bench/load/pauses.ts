import { monitorEventLoopDelay, PerformanceObserver, type PerformanceEntry } from "node:perf_hooks";
import type { HarnessCost, Sample, SampleMark } from "../result.ts";

/** A time in which this process could not look at the clock. `performance.now()` milliseconds. */
export interface Pause {
  readonly mark: SampleMark;
  readonly startMs: number;
  readonly endMs: number;
}

const tickMs = 5;
const stallMs = 10;
/** As long as a call may take, so that one that began before a pause is still marked. */
const keepMs = 120_000;

/** Watches this process while it measures. Garbage collection below half a millisecond is counted, not marked. */
export class ProcessWatch {
  #pauses: Pause[] = [];
  readonly #delay = monitorEventLoopDelay({ resolution: tickMs });
  readonly #observer: PerformanceObserver;
  readonly #cpu = process.cpuUsage();
  readonly #timer: NodeJS.Timeout;
  #gcCount = 0;
  #gcMs = 0;
  #ticked = performance.now();

  constructor() {
    this.#observer = new PerformanceObserver((list) => this.#collected(list.getEntries()));
    this.#observer.observe({ entryTypes: ["gc"] });
    this.#delay.enable();
    this.#timer = setInterval(() => this.#tick(), tickMs).unref();
  }

  /** Pauses so far; those that are over for long are forgotten. */
  takePauses(): readonly Pause[] {
    this.#collected(this.#observer.takeRecords());
    const pauses = this.#pauses;
    const recent = performance.now() - keepMs;
    this.#pauses = pauses.filter(({ endMs }) => endMs > recent);
    return pauses;
  }

  /** Ends the watch. */
  stop(): HarnessCost {
    this.#collected(this.#observer.takeRecords());
    this.#observer.disconnect();
    this.#delay.disable();
    clearInterval(this.#timer);
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss(),
      eventLoopDelayP99Ns: overTick(this.#delay.percentile(99)), eventLoopDelayMaxNs: overTick(this.#delay.max), gcCount: this.#gcCount, gcTotalNs: Math.round(this.#gcMs * 1e6),
    };
  }

  #collected(entries: readonly PerformanceEntry[]): void {
    for (const { startTime, duration } of entries) {
      this.#gcCount += 1;
      this.#gcMs += duration;
      if (duration >= 0.5) this.#pauses.push({ mark: "gc", startMs: startTime, endMs: startTime + duration });
    }
  }

  #tick(): void {
    const now = performance.now();
    if (now - this.#ticked > tickMs + stallMs) this.#pauses.push({ mark: "event-loop", startMs: this.#ticked, endMs: now });
    this.#ticked = now;
  }
}

/** The histogram counts from one tick to the next: what was waited for is in it. */
function overTick(ns: number): number {
  return Math.max(0, ns - tickMs * 1e6);
}

/** Marks the samples that overlap a pause. */
export function markSamples(samples: readonly Sample[], pauses: readonly Pause[], originMs: number): Sample[] {
  const byEnd = [...pauses].sort((left, right) => left.endMs - right.endMs);
  return samples.map((sample) => {
    const begin = originMs + sample.startNs / 1e6;
    const end = begin + sample.durationNs / 1e6;
    const hit = new Set<Pause["mark"]>();
    // From the newest back: most samples are young, and nothing that ended before them counts.
    for (let index = byEnd.length - 1; index >= 0; index -= 1) {
      const pause = byEnd[index];
      if (pause === undefined || pause.endMs <= begin) break;
      if (pause.startMs < end) hit.add(pause.mark);
    }
    return hit.size === 0 ? sample : { ...sample, marks: [...hit] };
  });
}
