import { Bench } from "tinybench";
import { HarnessError, messageOf } from "../model/errors.ts";

export interface ClosedLoop {
  readonly name: string;
  readonly parallel: number;
  readonly iterations: number;
  /** Instead of iterations: how long to begin new ones. */
  readonly durationMs?: number;
  readonly signal?: AbortSignal;
  /** Runs one iteration and answers the milliseconds that count. */
  readonly iterate: () => Promise<number>;
}

/**
 * A closed load: `parallel` iterations in flight until `iterations` have ended, or for a time. Answers the wall-clock
 * nanoseconds. @throws HarnessError HARNESS_FAULT when an iteration failed inside the harness, after all have ended.
 */
export async function runClosedLoop(loop: ClosedLoop): Promise<number> {
  if ((loop.iterations === 0 && loop.durationMs === undefined) || loop.signal?.aborted === true) return 0;
  const faults: unknown[] = [];
  const iterate = async (): Promise<number> => {
    try {
      return await loop.iterate();
    } catch (thrown) {
      faults.push(thrown);
      return 0;
    }
  };
  const begin = performance.now();
  await (loop.durationMs === undefined ? counted(loop, iterate) : timed(loop, begin + loop.durationMs, iterate, () => faults.length > 0));
  const wallNs = (performance.now() - begin) * 1e6;
  if (faults.length > 0) {
    throw new HarnessError("HARNESS_FAULT", `An iteration of ${loop.name} failed inside the harness: ${messageOf(faults[0])}`, { hint: "Report this with the command line", cause: faults[0] });
  }
  return wallNs;
}

/** tinybench drives. Iterations must not throw: it would throw every sample away with the one that failed. */
async function counted({ name, iterations, parallel, signal }: ClosedLoop, iterate: () => Promise<number>): Promise<void> {
  const bench = new Bench({
    name, iterations,
    // Zero: count iterations alone. The defaults would add some of their own.
    time: 0, warmup: false, concurrency: "task", threshold: parallel,
    ...(signal === undefined ? {} : { signal }),
  });
  bench.add(name, async () => ({ overriddenDuration: await iterate() }));
  await bench.run();
}

/** Not by tinybench: it keeps a promise and samples of its own for each iteration, and a soak has millions. */
async function timed({ parallel, signal }: ClosedLoop, untilMs: number, iterate: () => Promise<number>, failed: () => boolean): Promise<void> {
  const lane = async (): Promise<void> => {
    while (performance.now() < untilMs && signal?.aborted !== true && !failed()) await iterate();
  };
  await Promise.all(Array.from({ length: parallel }, lane));
}
