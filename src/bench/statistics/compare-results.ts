import type { BenchResult, LoadSetting, Series } from "../result.ts";
import { pooled } from "../summary.ts";
import { compareRuns, type CompareOptions, type Comparison, type Metric, settled } from "./compare.ts";
import type { MetricFigures } from "./metric-figures.ts";

const percentiles = [{ percentile: 0.5, key: "p50" }, { percentile: 0.99, key: "p99" }] as const;

/** Of the operations: so much more of them must fail, or be dropped, to matter. */
const leastShare = 0.05;

/**
 * Compares the p50 and p99 of every operation that either side measured. A result is a run. What failed has no times:
 * an operation that fails more often is a regression, and one that only one side has is told, not left out.
 */
export function compareResults(a: readonly BenchResult[], b: readonly BenchResult[], options: CompareOptions = {}): Comparison[] {
  const metrics = metricsOf(a, b);
  const problem = differenceOf(a, b);
  if (problem !== undefined) return metrics.map((metric) => settled(metric, "incomparable", problem));
  const known = new Map(metrics.map((metric) => [metric, withoutTimes(metric, a, b)]));
  // Holm over those alone that have a p.
  const open = metrics.filter((metric) => known.get(metric) === undefined);
  const judged = new Map(compareRuns(open, options).map((comparison, index) => [open[index], comparison]));
  return metrics.flatMap((metric) => known.get(metric) ?? judged.get(metric) ?? []);
}

/** The figure of every metric of each run. */
export function figuresOfRuns(runs: readonly BenchResult[]): MetricFigures[] {
  return metricsOf(runs, runs).map(({ name, percentile, a }) => ({ name, percentile, figures: a }));
}

function metricsOf(a: readonly BenchResult[], b: readonly BenchResult[]): Metric[] {
  const titles = new Set([...a, ...b].flatMap(({ series }) => series.map(titleOf)));
  return [...titles].flatMap((name) => percentiles.map(({ percentile, key }) => ({ name, percentile, a: figuresOf(a, name, key), b: figuresOf(b, name, key) })));
}

/** One a run, of those in which anything ended OK. */
function figuresOf(results: readonly BenchResult[], title: string, key: "p50" | "p99"): number[] {
  return results.flatMap(({ series }) => pooled(series.filter((each) => titleOf(each) === title))[key] ?? []);
}

interface Failures {
  readonly errors: number;
  readonly dropped: number;
  /** Those that began, and those that were dropped before. */
  readonly asked: number;
}

function failuresOf(results: readonly BenchResult[], title: string): Failures {
  const all = results.flatMap(({ series }) => series.filter((each) => titleOf(each) === title).map(({ summary }) => summary));
  const sum = (figure: "count" | "errors" | "dropped"): number => all.reduce((total, summary) => total + summary[figure], 0);
  return { errors: sum("errors"), dropped: sum("dropped"), asked: sum("count") + sum("dropped") };
}

/** What is known of a metric whatever its times are. */
function withoutTimes(metric: Metric, a: readonly BenchResult[], b: readonly BenchResult[]): Comparison | undefined {
  const [before, after] = [failuresOf(a, metric.name), failuresOf(b, metric.name)];
  const share = ({ errors, dropped, asked }: Failures): string => `${errors + dropped} of ${asked}`;
  const told = `${before.dropped + after.dropped === 0 ? "errors" : "errors and drops"}: ${share(before)} → ${share(after)}`;
  if (isWorse(before, after)) return settled(metric, "regression", told);
  if (isWorse(after, before)) return settled(metric, "incomparable", `${told}; what failed has no times`);
  if (before.asked === 0) return settled(metric, "incomparable", "only B has it");
  if (after.asked === 0) return settled(metric, "incomparable", "only A has it");
  return undefined;
}

/** From no error to any, or by a share that matters. A drop more or less is chance. */
function isWorse(before: Failures, after: Failures): boolean {
  const share = ({ errors, dropped, asked }: Failures): number => (asked === 0 ? 0 : (errors + dropped) / asked);
  return (before.errors === 0 && after.errors > 0) || share(after) - share(before) >= leastShare;
}

function titleOf({ phase, name }: Series): string {
  return `${phase} ${name}`;
}

/** Why two sides may not be compared. */
function differenceOf(a: readonly BenchResult[], b: readonly BenchResult[]): string | undefined {
  const all = [...a, ...b];
  if (new Set(all.map(({ environment }) => environment.fingerprint)).size > 1) return "the runs come from hosts with different fingerprints";
  const loads = new Set(all.map(({ load }) => JSON.stringify([load.model, load.parallel, load.ratePerSecond ?? 0, load.spacing ?? "", load.resident ?? 0, planOf(load)])));
  return loads.size > 1 ? "the runs had different loads" : undefined;
}

/** Without how many there were of them: that makes a figure surer, not different. */
function planOf({ plan = "" }: LoadSetting): string {
  return plan.replaceAll(/\b(iterations|warmUp|seed|durationMs)=\S+/g, "");
}
