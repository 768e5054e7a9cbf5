/** How often recorded runs would raise an alarm, and how small a change they would show: by drawing comparisons from them. */
import type { BenchResult } from "../result.ts";
import { compareResults } from "./compare-results.ts";
import { type CompareOptions, type Comparison, defaultAlpha, defaultLeast } from "./compare.ts";
import { hodgesLehmann } from "./effect.ts";
import { mannWhitney } from "./mann-whitney.ts";
import type { MetricFigures } from "./metric-figures.ts";
import { median } from "./quantile.ts";
import { seededRandom } from "./random.ts";

export interface ResampleOptions extends CompareOptions {
  /** Runs a side in each comparison. */
  readonly runs: number;
  readonly comparisons: number;
}

export interface ResampleCount {
  readonly comparisons: number;
  /** Comparisons in which anything was called a regression or an improvement. */
  readonly alarms: number;
  /** How often each metric was called a regression, and an improvement. */
  readonly metrics: readonly { readonly name: string; readonly percentile: number; readonly regressions: number; readonly improvements: number }[];
}

/** Draws comparisons of `a` with `b`; without `b`, of two disjoint halves of `a`. Each run counts at most once a comparison. */
export function resampleComparisons(a: readonly BenchResult[], b: readonly BenchResult[] | undefined, options: ResampleOptions): ResampleCount {
  const random = seededRandom(options.seed ?? 1);
  const counts = new Map<string, { name: string; percentile: number; regressions: number; improvements: number }>();
  let alarms = 0;
  for (let index = 0; index < options.comparisons; index += 1) {
    const shuffled = shuffle(a, random);
    const left = shuffled.slice(0, options.runs);
    const right = b === undefined ? shuffled.slice(options.runs, 2 * options.runs) : shuffle(b, random).slice(0, options.runs);
    // The verdicts that are counted need no interval.
    const found = compareResults(left, right, { ...options, resamples: 0 });
    if (found.some(isAlarm)) alarms += 1;
    for (const one of found) count(counts, one);
  }
  return { comparisons: options.comparisons, alarms, metrics: [...counts.values()] };
}

function isAlarm({ verdict }: Comparison): boolean {
  return verdict === "regression" || verdict === "improvement";
}

function count(counts: Map<string, { name: string; percentile: number; regressions: number; improvements: number }>, { name, percentile, verdict }: Comparison): void {
  const key = `${percentile} ${name}`;
  const known = counts.get(key) ?? { name, percentile, regressions: 0, improvements: 0 };
  counts.set(key, known);
  if (verdict === "regression") known.regressions += 1;
  if (verdict === "improvement") known.improvements += 1;
}

function shuffle<T>(values: readonly T[], random: () => number): T[] {
  return values.map((value) => ({ value, key: random() })).sort((left, right) => left.key - right.key).map(({ value }) => value);
}

export interface Detectable {
  readonly name: string;
  readonly percentile: number;
  readonly medianNs: number;
  /** The smallest change that is found in at least `power` of the comparisons. */
  readonly changeNs: number;
  readonly relative: number;
}

const power = 0.8;
const draws = 200;
const halvings = 12;

/** The smallest change of each metric that so many runs a side would show on this host, the family's correction included. */
export function detectable(metrics: readonly MetricFigures[], options: { readonly runs: number; readonly alpha?: number; readonly leastRelative?: number; readonly leastNs?: number; readonly seed?: number }): Detectable[] {
  const alpha = (options.alpha ?? defaultAlpha) / Math.max(1, metrics.length);
  return metrics.filter(({ figures }) => figures.length > 1).map(({ name, percentile, figures }) => {
    const medianNs = median(figures);
    const least = Math.max(medianNs * (options.leastRelative ?? defaultLeast.relative), options.leastNs ?? defaultLeast.ns);
    const random = seededRandom(options.seed ?? 1);
    const draw = (): number[] => Array.from({ length: options.runs }, () => figures[Math.floor(random() * figures.length)] ?? medianNs);
    const pairs = Array.from({ length: draws }, () => [draw(), draw()] as const);
    const found = (change: number): boolean => pairs.filter(([a, b]) => isFound(a, b.map((value) => value + change), alpha, least)).length >= power * draws;
    const changeNs = smallest(found, least, 20 * (Math.max(...figures) - Math.min(...figures)) + 4 * least);
    return { name, percentile, medianNs, changeNs, relative: changeNs / medianNs };
  });
}

function isFound(a: readonly number[], b: readonly number[], alpha: number, least: number): boolean {
  return mannWhitney(a, b).p < alpha && hodgesLehmann(a, b) >= least;
}

/** By halving; infinite when not even the largest is found, as with too few runs. */
function smallest(found: (change: number) => boolean, from: number, to: number): number {
  if (!found(to)) return Number.POSITIVE_INFINITY;
  let [low, high] = [0, to];
  for (let step = 0; step < halvings && high - low > from / 50; step += 1) {
    const middle = (low + high) / 2;
    if (found(middle)) high = middle;
    else low = middle;
  }
  return high;
}
