import type { BenchResult } from "../result.ts";
import { titleOf } from "./title.ts";

interface BencherFigure {
  readonly value: number;
  readonly lower_value?: number;
  readonly upper_value?: number;
}

/**
 * Bencher Metric Format. `latency` is the median in nanoseconds with the fastest sample and the 99th percentile as
 * bounds; `latency-p99`, `throughput` (per second) and `error-rate` are measures of their own. What was dropped is an error: it was asked for.
 */
export function toBencher(result: BenchResult): string {
  const report: Record<string, Record<string, BencherFigure>> = {};
  for (const series of result.series) {
    const { p50, p99, min, count, errors, dropped, ratePerSecond } = series.summary;
    const asked = count + dropped;
    const measures: Record<string, BencherFigure> = { throughput: { value: ratePerSecond }, "error-rate": { value: asked === 0 ? 0 : (errors + dropped) / asked } };
    if (p50 !== null && p99 !== null && min !== null) {
      measures["latency"] = { value: p50, lower_value: min, upper_value: p99 };
      measures["latency-p99"] = { value: p99 };
    }
    report[titleOf(series)] = measures;
  }
  return `${JSON.stringify(report, null, 2)}\n`;
}
