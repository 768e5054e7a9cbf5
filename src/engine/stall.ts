/** How long the harness's own event loop stood still, so that it is not blamed on a runtime. */
import { performance } from "node:perf_hooks";

export interface StallMonitor {
  /** Milliseconds of stall between two `performance.now()` times. */
  between(startMs: number, endMs: number): number;
  stop(): void;
}

/** Each tick wakes an idle process, which takes more CPU than most of its work; bounds on time are seconds, so what hides between two ticks changes none. */
const tickMs = 100;
const noticeMs = 30;
const keptStalls = 10_000;

interface Stall {
  readonly from: number;
  readonly to: number;
}

/** Watches the event loop with a timer that ought to be punctual. */
export function startStallMonitor(report: (durationMs: number) => void): StallMonitor {
  const stalls: Stall[] = [];
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    const late = now - last - tickMs;
    if (late > noticeMs) {
      stalls.push({ from: now - late, to: now });
      stalls.splice(0, stalls.length - keptStalls);
      report(late);
    }
    last = now;
  };
  const timer = setInterval(look, tickMs);
  timer.unref();
  return {
    between(startMs, endMs) {
      look();
      return stalls.reduce((sum, stall) => sum + Math.max(0, Math.min(stall.to, endMs) - Math.max(stall.from, startMs)), 0);
    },
    stop: () => clearInterval(timer),
  };
}
