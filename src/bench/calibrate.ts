/** How far the harness is from the truth, told by a server that stamps the time it really took. */
import { criClientModule, inWorkers } from "./load/runner.ts";
import { deconvolve } from "./statistics/deconvolve.ts";
import { ascending, quantile } from "./statistics/quantile.ts";
import { delayPlan, thinkPlan, type WorkloadPlan } from "./workload/plan.ts";

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
  /** After the floor was taken off: see `Seen.floor`. */
  readonly corrected: number;
  /** Whether what was corrected is as near as it is meant to be. */
  readonly ok: boolean;
}

export interface CalibrationOptions {
  readonly endpoint: string;
  readonly delaysMs: readonly number[];
  readonly inFlight: readonly number[];
  /** At least so many calls a cell, and more where more are in flight. */
  readonly calls: number;
  readonly signal?: AbortSignal;
  readonly onCell?: (cell: CalibrationCell) => void;
}

/** What a tool saw of one cell; milliseconds, ascending. */
export interface Seen {
  readonly times: Float64Array;
  readonly service: Float64Array;
  /** Calls without a delay, the same number in flight, with as long a pause between them on the caller's side. */
  readonly floor: Float64Array;
  readonly ratePerSecond: number;
  readonly capacityPerSecond: number;
}

const tolerance = { p50: { share: 0.02, ms: 0.3 }, p99: { share: 0.1, ms: 1 } } as const;
/** So many rounds for each one in flight, that the begin in step does not count for much. */
const rounds = 30;

/** How many calls a cell has. */
export function callsOf(least: number, inFlight: number): number {
  return Math.max(least, rounds * inFlight);
}

/** Drives the calibration server at `endpoint`. */
export async function calibrate(options: CalibrationOptions): Promise<CalibrationCell[]> {
  const run = inWorkers({
    client: criClientModule(options.endpoint, "v1"), settings: { runId: "calibration", probeImage: "", logDir: "", handler: "" },
    deadlineMs: 10_000, originMs: performance.now(), channelWarmUp: 2000, ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const measure = async (plan: WorkloadPlan, parallel: number) => {
    const { series } = await run(plan, { model: "closed", parallel, iterations: callsOf(options.calls, parallel) }, parallel * 5, "calibration");
    const of = (name: string): Float64Array => ascending(series.find((each) => each.name === name)?.samples.map(({ durationNs }) => durationNs / 1e6) ?? []);
    return { times: of("Version"), service: of("service"), ratePerSecond: series.find(({ name }) => name === "Version")?.summary.ratePerSecond ?? 0 };
  };
  const cells: CalibrationCell[] = [];
  for (const inFlight of options.inFlight) {
    const capacityPerSecond = (await measure(delayPlan(0), inFlight)).ratePerSecond;
    for (const delayMs of options.delaysMs) {
      const seen = await measure(delayPlan(delayMs), inFlight);
      const floor = (await measure(thinkPlan(delayMs), inFlight)).times;
      // What was cut short says nothing.
      if (options.signal?.aborted === true) return cells;
      const cell = cellOf(delayMs, inFlight, { ...seen, floor, capacityPerSecond });
      cells.push(cell);
      options.onCell?.(cell);
    }
  }
  return cells;
}

/** The errors of what was seen against what the server stamped. */
export function cellOf(delayMs: number, inFlight: number, seen: Seen): CalibrationCell {
  const { times, service, floor, ratePerSecond, capacityPerSecond } = seen;
  const corrected = floor.length === 0 ? times : deconvolve(times, floor);
  const error = (p: number, { share, ms }: { readonly share: number; readonly ms: number }): CalibrationError => {
    const truth = quantile(service, p);
    const off = quantile(corrected, p) - truth;
    return { service: truth, raw: quantile(times, p) - truth, corrected: off, ok: Math.abs(off) <= Math.max(truth * share, ms) };
  };
  return { delayMs, inFlight, calls: times.length, p50: error(0.5, tolerance.p50), p99: error(0.99, tolerance.p99), ratePerSecond, saturated: ratePerSecond > capacityPerSecond / 2 };
}
