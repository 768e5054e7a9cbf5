import { blockBootstrap, type Interval, shiftInterval } from "./bootstrap.ts";
import { cliffsDelta, hodgesLehmann } from "./effect.ts";
import { holm } from "./holm.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { ascending, median, quantile } from "./quantile.ts";

export type ComparisonVerdict = "regression" | "improvement" | "no change" | "inconclusive" | "incomparable";

/** One metric of both sides: the good durations in nanoseconds, a list per run. Smaller is better. */
export interface Metric {
  readonly name: string;
  readonly a: readonly (readonly number[])[];
  readonly b: readonly (readonly number[])[];
  /** The percentile compared: 0.5 or 0.99. */
  readonly percentile: number;
}

export interface CompareOptions {
  /** Family-wise chance of a false alarm; 0.02 unless said, since whoever is called for nothing soon does not come. */
  readonly alpha?: number;
  /** A change below either of these does not matter. */
  readonly leastRelative?: number;
  readonly leastNs?: number;
  readonly seed?: number;
  readonly resamples?: number;
}

export interface Comparison {
  readonly name: string;
  readonly percentile: number;
  readonly verdict: ComparisonVerdict;
  readonly reason: string;
  readonly a: number;
  readonly b: number;
  /** Hodges-Lehmann shift between the runs' figures. */
  readonly shiftNs: number;
  readonly relative: number;
  readonly interval: Interval;
  /** Of each side's percentile over all of its samples, resampling whole runs. */
  readonly intervalA: Interval;
  readonly intervalB: Interval;
  readonly p: number;
  readonly pHolm: number;
  readonly cliffsDelta: number;
  /** Runs in all, per side, that would probably decide; set when inconclusive. */
  readonly runsNeeded?: number;
}

const leastRuns = 4;

/** See CompareOptions. */
export const defaultAlpha = 0.02;

/**
 * Compares a family of metrics, with the run as the unit. A change needs both: it is unlikely to be chance (Holm
 * over the family), and it is large enough to matter. `no change` needs as much: an interval that excludes a
 * change that matters. Everything else is inconclusive.
 */
export function compareRuns(metrics: readonly Metric[], options: CompareOptions = {}): Comparison[] {
  const figures = metrics.map((metric) => ({ a: figuresOf(metric.a, metric.percentile), b: figuresOf(metric.b, metric.percentile) }));
  const pValues = figures.map(({ a, b }) => mannWhitney(a, b).p);
  const adjusted = holm(pValues);
  return metrics.map((metric, index) => {
    const { a, b } = figures[index] ?? { a: [], b: [] };
    return judge(metric, { a, b, p: pValues[index] ?? 1, pHolm: adjusted[index] ?? 1, size: metrics.length }, options);
  });
}

interface Family {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly p: number;
  readonly pHolm: number;
  /** How many metrics are compared together. */
  readonly size: number;
}

/** So many runs a side it takes at least that the smallest p there is stays small after Holm. */
export function runsForFamily(size: number, alpha: number): number {
  let [runs, orders] = [1, 2];
  while ((2 / orders) * size >= alpha) {
    runs += 1;
    // The binomial coefficient of 2n over n from that of 2n-2 over n-1.
    orders = (orders * (2 * runs) * (2 * runs - 1)) / runs ** 2;
  }
  return runs;
}

function figuresOf(runs: readonly (readonly number[])[], percentile: number): number[] {
  return runs.filter((run) => run.length > 0).map((run) => quantile(ascending(run), percentile));
}

function judge(metric: Metric, family: Family, options: CompareOptions): Comparison {
  const [a, b] = [median(family.a), median(family.b)];
  const shiftNs = hodgesLehmann(family.a, family.b);
  const least = Math.max(a * (options.leastRelative ?? 0.05), options.leastNs ?? 1e6);
  const figure = (values: Float64Array): number => quantile(values, metric.percentile);
  const bootstrap = { seed: options.seed ?? 1, resamples: options.resamples ?? 1000 };
  const interval = shiftInterval(metric.a, metric.b, figure, bootstrap);
  const shared = {
    name: metric.name, percentile: metric.percentile, a, b, shiftNs, relative: shiftNs / a, interval,
    intervalA: blockBootstrap(metric.a, figure, bootstrap), intervalB: blockBootstrap(metric.b, figure, bootstrap),
    p: family.p, pHolm: family.pHolm, cliffsDelta: cliffsDelta(family.a, family.b),
  };
  if (family.a.length < leastRuns || family.b.length < leastRuns) {
    return { ...shared, verdict: "inconclusive", reason: `fewer than ${leastRuns} runs on a side can show nothing`, runsNeeded: Math.max(leastRuns, runsForFamily(family.size, options.alpha ?? defaultAlpha)) };
  }
  const significant = family.pHolm < (options.alpha ?? defaultAlpha);
  if (significant && Math.abs(shiftNs) >= least) {
    return { ...shared, verdict: shiftNs > 0 ? "regression" : "improvement", reason: "unlikely to be chance, and large enough to matter" };
  }
  if (interval.low > -least && interval.high < least) {
    return { ...shared, verdict: "no change", reason: "the interval excludes every change that would matter" };
  }
  return { ...shared, verdict: "inconclusive", reason: "the spread between runs is too large to tell", runsNeeded: Math.max(runsNeeded(family, interval, shiftNs, least), runsForFamily(family.size, options.alpha ?? defaultAlpha)) };
}

/**
 * The interval narrows with the root of the number of runs; it must become narrower than the distance between the
 * shift and the least change that matters.
 */
function runsNeeded(family: Family, interval: Interval, shiftNs: number, least: number): number {
  const runs = Math.min(family.a.length, family.b.length);
  const halfWidth = (interval.high - interval.low) / 2;
  const distance = Math.max(Math.abs(Math.abs(shiftNs) - least), least / 10);
  return Math.max(runs + 1, Math.ceil(runs * (halfWidth / distance) ** 2));
}

const unbounded: Interval = { low: -Infinity, high: Infinity };

/** The verdict over hosts that differ. */
export function incomparable(metric: Metric, reason: string): Comparison {
  const [a, b] = [median(figuresOf(metric.a, metric.percentile)), median(figuresOf(metric.b, metric.percentile))];
  return {
    name: metric.name, percentile: metric.percentile, verdict: "incomparable", reason, a, b, shiftNs: b - a, relative: (b - a) / a,
    interval: unbounded, intervalA: unbounded, intervalB: unbounded, p: 1, pHolm: 1, cliffsDelta: 0,
  };
}
