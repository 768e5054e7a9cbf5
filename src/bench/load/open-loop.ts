export interface OpenLoop {
  /** Ascending, from the begin. */
  readonly startsMs: readonly number[];
  /** A start beyond this many in flight is dropped. */
  readonly inFlight: number;
  /** `performance.now()` of the begin. */
  readonly beginMs: number;
  readonly signal?: AbortSignal;
  /** Runs one iteration; told the `performance.now()` at which it was meant to begin. Must not throw. */
  readonly iterate: (intendedMs: number) => Promise<void>;
  readonly drop: (intendedMs: number) => void;
  /** Whether an iteration has failed inside the harness: no more are begun. */
  readonly failed?: () => boolean;
}

/** Starts iterations when the schedule says, whatever became of earlier ones; answers the wall-clock nanoseconds. */
export async function runOpenLoop(loop: OpenLoop): Promise<number> {
  const running = new Set<Promise<void>>();
  for (const start of loop.startsMs) {
    const intendedMs = loop.beginMs + start;
    await waitUntil(intendedMs, loop.signal);
    if (loop.signal?.aborted === true || loop.failed?.() === true) break;
    if (running.size >= loop.inFlight) {
      loop.drop(intendedMs);
      continue;
    }
    const iteration = loop.iterate(intendedMs).finally(() => running.delete(iteration));
    running.add(iteration);
  }
  await Promise.all(running);
  return Math.max(0, (performance.now() - loop.beginMs) * 1e6);
}

/** Sleeps until a moment of `performance.now()`, or until the signal. Late wake-ups show as `lateNs`. */
async function waitUntil(moment: number, signal: AbortSignal | undefined): Promise<void> {
  const left = moment - performance.now();
  if (left <= 0 || signal?.aborted === true) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, left);
    signal?.addEventListener("abort", done, { once: true });
  });
}
