/** How far the harness is from the truth, told by a server that stamps the time it really took. */
import { inWorkers, criClientModule } from "./load/runner.ts";
import { ascending, quantile } from "./statistics/quantile.ts";
import { delayPlan } from "./workload/plan.ts";

/** One cell of the table; milliseconds. */
export interface CalibrationCell {
  readonly delayMs: number;
  readonly inFlight: number;
  readonly calls: number;
  readonly p50: CalibrationError;
  readonly p99: CalibrationError;
  readonly ratePerSecond: number;
  /** Beyond half of what the harness and the server manage without a delay: the queue is measured, not the server. */
  readonly saturated: boolean;
}

export interface CalibrationError {
  /** What the server says it took. */
  readonly service: number;
  readonly raw: number;
  /** After the median of a call without delay, one in flight, was taken off. */
  readonly corrected: number;
}

export interface CalibrationOptions {
  readonly endpoint: string;
  readonly delaysMs: readonly number[];
  readonly inFlight: readonly number[];
  /** Calls of each one in flight. */
  readonly calls: number;
  readonly signal?: AbortSignal;
}

/** Drives the calibration server at `endpoint`. */
export async function calibrate(options: CalibrationOptions): Promise<CalibrationCell[]> {
  const run = inWorkers({
    client: criClientModule(options.endpoint, "v1"), settings: { runId: "calibration", probeImage: "", logDir: "", handler: "" },
    deadlineMs: 10_000, originMs: performance.now(), ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const measure = async (delayMs: number, parallel: number) => {
    const { series } = await run(delayPlan(delayMs), { model: "closed", parallel, iterations: options.calls * parallel }, parallel * 5, "calibration");
    const of = (name: string): Float64Array => ascending(series.find((each) => each.name === name)?.samples.map(({ durationNs }) => durationNs / 1e6) ?? []);
    return { seen: of("Version"), service: of("service"), rate: series.find(({ name }) => name === "Version")?.summary.ratePerSecond ?? 0 };
  };
  const idle = await measure(0, 1);
  const floorMs = quantile(idle.seen, 0.5) - quantile(idle.service, 0.5);
  const cells: CalibrationCell[] = [];
  for (const inFlight of options.inFlight) {
    const capacity = (await measure(0, inFlight)).rate;
    for (const delayMs of options.delaysMs) {
      if (options.signal?.aborted === true) return cells;
      const { seen, service, rate } = await measure(delayMs, inFlight);
      const error = (p: number): CalibrationError => {
        const [truth, raw] = [quantile(service, p), quantile(seen, p) - quantile(service, p)];
        return { service: truth, raw, corrected: raw - floorMs };
      };
      cells.push({ delayMs, inFlight, calls: seen.length, p50: error(0.5), p99: error(0.99), ratePerSecond: rate, saturated: rate > capacity / 2 });
    }
  }
  return cells;
}
