import { blockBootstrap, type Interval, shiftInterval } from "./bootstrap.ts";
import { cliffsDelta, hodgesLehmann } from "./effect.ts";
import { holm } from "./holm.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { median } from "./quantile.ts";

export type ComparisonVerdict = "regression" | "improvement" | "no change" | "inconclusive" | "incomparable";

/** One metric of both sides: its percentile of each run, in nanoseconds. Smaller is better. */
export interface Metric {
  readonly name: string;
  readonly a: readonly number[];
  readonly b: readonly number[];
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
  /** Of that shift, resampling runs. */
  readonly interval: Interval;
  /** Of the median of each side's figures, `a` and `b`, resampling runs. */
  readonly intervalA: Interval;
  readonly intervalB: Interval;
  readonly p: number;
  readonly pHolm: number;
  readonly cliffsDelta: number;
  /** Runs in all, per side, that would probably decide; set when inconclusive. */
  readonly runsNeeded?: number;
}

const leastRuns = 4;

/** A change below either does not matter, unless CompareOptions say otherwise. */
export const defaultLeast = { relative: 0.05, ns: 1e6 } as const;

/** See CompareOptions. */
export const defaultAlpha = 0.02;

/**
 * Compares a family of metrics, with the run as the unit. A change needs both: it is unlikely to be chance (Holm
 * over the family), and it is large enough to matter. `no change` needs as much: an interval that excludes a
 * change that matters. Everything else is inconclusive.
 */
export function compareRuns(metrics: readonly Metric[], options: CompareOptions = {}): Comparison[] {
  const pValues = metrics.map(({ a, b }) => mannWhitney(a, b).p);
  const adjusted = holm(pValues);
  return metrics.map((metric, index) => judge(metric, { p: pValues[index] ?? 1, pHolm: adjusted[index] ?? 1, size: metrics.length }, options));
}

interface Family {
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

function judge(metric: Metric, family: Family, options: CompareOptions): Comparison {
  const [a, b] = [median(metric.a), median(metric.b)];
  const shiftNs = hodgesLehmann(metric.a, metric.b);
  const least = Math.max(a * (options.leastRelative ?? defaultLeast.relative), options.leastNs ?? defaultLeast.ns);
  const bootstrap = { seed: options.seed ?? 1, resamples: options.resamples ?? 1000 };
  const interval = shiftInterval(metric.a, metric.b, bootstrap);
  const shared = {
    name: metric.name, percentile: metric.percentile, a, b, shiftNs, relative: shiftNs / a, interval,
    intervalA: blockBootstrap(metric.a, median, bootstrap), intervalB: blockBootstrap(metric.b, median, bootstrap),
    p: family.p, pHolm: family.pHolm, cliffsDelta: cliffsDelta(metric.a, metric.b),
  };
  if (metric.a.length < leastRuns || metric.b.length < leastRuns) {
    return { ...shared, verdict: "inconclusive", reason: `fewer than ${leastRuns} runs on a side can show nothing`, runsNeeded: Math.max(leastRuns, runsForFamily(family.size, options.alpha ?? defaultAlpha)) };
  }
  const significant = family.pHolm < (options.alpha ?? defaultAlpha);
  if (significant && Math.abs(shiftNs) >= least) {
    return { ...shared, verdict: shiftNs > 0 ? "regression" : "improvement", reason: "unlikely to be chance, and large enough to matter" };
  }
  if (interval.low > -least && interval.high < least) {
    return { ...shared, verdict: "no change", reason: "the interval excludes every change that would matter" };
  }
  return { ...shared, verdict: "inconclusive", reason: "the spread between runs is too large to tell", runsNeeded: Math.max(runsNeeded(metric, interval, shiftNs, least), runsForFamily(family.size, options.alpha ?? defaultAlpha)) };
}

/**
 * The interval narrows with the root of the number of runs; it must become narrower than the distance between the
 * shift and the least change that matters.
 */
function runsNeeded({ a, b }: Metric, interval: Interval, shiftNs: number, least: number): number {
  const runs = Math.min(a.length, b.length);
  const halfWidth = (interval.high - interval.low) / 2;
  const distance = Math.max(Math.abs(Math.abs(shiftNs) - least), least / 10);
  return Math.max(runs + 1, Math.ceil(runs * (halfWidth / distance) ** 2));
}

const unbounded: Interval = { low: -Infinity, high: Infinity };

/** A verdict that no statistics are behind: of hosts that differ, or of what failed. */
export function settled(metric: Metric, verdict: ComparisonVerdict, reason: string): Comparison {
  const [a, b] = [median(metric.a), median(metric.b)];
  return {
    name: metric.name, percentile: metric.percentile, verdict, reason, a, b, shiftNs: b - a, relative: (b - a) / a,
    interval: unbounded, intervalA: unbounded, intervalB: unbounded, p: 1, pHolm: 1, cliffsDelta: 0,
  };
}
