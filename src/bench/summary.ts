import type { Sample, Summary } from "./result.ts";
import { ascending, quantile } from "./statistics/quantile.ts";

const lateAfterNs = 1e6;

/** The figures of one series. `wallNs` is the time over which its load ran. */
export function summarize(samples: readonly Sample[], wallNs: number, dropped = 0): Summary {
  const good = ascending(samples.filter((sample) => sample.code === "OK").map((sample) => sample.durationNs));
  const bad = ascending(samples.filter((sample) => sample.code !== "OK").map((sample) => sample.durationNs));
  const codes: Record<string, number> = {};
  for (const { code } of samples) codes[code] = (codes[code] ?? 0) + 1;
  const at = (values: Float64Array, p: number) => (values.length === 0 ? null : quantile(values, p));
  return {
    count: samples.length,
    errors: bad.length,
    dropped,
    late: samples.filter((sample) => (sample.lateNs ?? 0) > lateAfterNs).length,
    codes,
    ratePerSecond: wallNs > 0 ? (good.length * 1e9) / wallNs : 0,
    min: at(good, 0),
    mean: good.length === 0 ? null : good.reduce((sum, value) => sum + value, 0) / good.length,
    p50: at(good, 0.5),
    p90: at(good, 0.9),
    p95: at(good, 0.95),
    p99: at(good, 0.99),
    max: at(good, 1),
    errorP50: at(bad, 0.5),
  };
}
