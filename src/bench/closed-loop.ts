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
 * A closed load: `parallel` iterations in flight until `iterations` have ended. tinybench drives; answers the
 * wall-clock nanoseconds, because tinybench adds up the time of its workers.
 */
export async function runClosedLoop(loop: ClosedLoop): Promise<number> {
  if ((loop.iterations === 0 && loop.durationMs === undefined) || loop.signal?.aborted === true) return 0;
  const faults: unknown[] = [];
  const bench = new Bench({
    name: loop.name,
    iterations: loop.durationMs === undefined ? loop.iterations : 0,
    // Zero: count iterations alone. The defaults would add some of their own.
    time: loop.durationMs ?? 0,
    warmup: false,
    concurrency: "task",
    threshold: loop.parallel,
    ...(loop.signal === undefined ? {} : { signal: loop.signal }),
  });
  bench.add(loop.name, async () => {
    try {
      return { overriddenDuration: await loop.iterate() };
    } catch (thrown) {
      // tinybench would throw every sample away with the one that failed.
      faults.push(thrown);
      return { overriddenDuration: 0 };
    }
  });
  const begin = performance.now();
  await bench.run();
  const wallNs = (performance.now() - begin) * 1e6;
  if (faults.length > 0) {
    throw new HarnessError("HARNESS_FAULT", `An iteration of ${loop.name} failed inside the harness: ${messageOf(faults[0])}`, { hint: "Report this with the command line", cause: faults[0] });
  }
  return wallNs;
}
