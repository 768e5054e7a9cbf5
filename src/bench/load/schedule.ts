import { seededRandom } from "../statistics/random.ts";

export interface ScheduleOptions {
  readonly ratePerSecond: number;
  readonly durationMs: number;
  readonly spacing: "even" | "poisson";
  readonly seed: number;
}

/**
 * Every intended start of an open load, in milliseconds from its begin. Fixed before the load runs, so that a slow
 * runtime cannot slow the load down and hide what its callers would have waited.
 */
export function schedule(options: ScheduleOptions): number[] {
  const gapMs = 1000 / options.ratePerSecond;
  const random = seededRandom(options.seed);
  const starts: number[] = [];
  const next = options.spacing === "even" ? () => starts.length * gapMs : () => (starts.at(-1) ?? 0) - gapMs * Math.log(1 - random());
  for (let at = next(); at < options.durationMs; at = next()) starts.push(at);
  return starts;
}

/** Everything at once: a node that comes back with its pods. */
export function burst(count: number): number[] {
  return new Array<number>(count).fill(0);
}

/** Deals a schedule to workers in turn. */
export function deal(starts: readonly number[], workers: number): number[][] {
  return Array.from({ length: workers }, (_, worker) => starts.filter((_start, index) => index % workers === worker));
}
