import type { BenchResult, LoadSetting, Series } from "../result.ts";
import { ascending, quantile } from "./quantile.ts";
import { compareRuns, incomparable, type CompareOptions, type Comparison, type Metric } from "./compare.ts";
import type { MetricFigures } from "./metric-figures.ts";

const percentiles = [0.5, 0.99] as const;

/** Compares the p50 and p99 of every operation that both sides measured. A result is a run. */
export function compareResults(a: readonly BenchResult[], b: readonly BenchResult[], options: CompareOptions = {}): Comparison[] {
  const metrics = metricsOf(a, b);
  const problem = differenceOf(a, b);
  return problem === undefined ? compareRuns(metrics, options) : metrics.map((metric) => incomparable(metric, problem));
}

/** The figure of every metric of each run. */
export function figuresOfRuns(runs: readonly BenchResult[]): MetricFigures[] {
  return metricsOf(runs, runs).map(({ name, percentile, a }) => ({ name, percentile, figures: a.filter((run) => run.length > 0).map((run) => quantile(ascending(run), percentile)) }));
}

function metricsOf(a: readonly BenchResult[], b: readonly BenchResult[]): Metric[] {
  const known = new Set(b.flatMap(({ series }) => series.map(titleOf)));
  const titles = new Set(a.flatMap(({ series }) => series.map(titleOf)).filter((title) => known.has(title)));
  return [...titles].flatMap((name) => percentiles.map((percentile) => ({ name, percentile, a: timesOf(a, name), b: timesOf(b, name) })));
}

function timesOf(results: readonly BenchResult[], title: string): number[][] {
  return results.map(({ series }) => series.filter((each) => titleOf(each) === title)
    .flatMap(({ samples }) => samples.filter(({ code }) => code === "OK").map(({ durationNs }) => durationNs)));
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
