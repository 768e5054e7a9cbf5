import type { BenchResult } from "../result.ts";
import { titleOf } from "./title.ts";

/** The `customSmallerIsBetter` input of github-action-benchmark: median and p99 in milliseconds. */
export function toGithubAction(result: BenchResult): string {
  const { runtimeName, runtimeVersion } = result.environment;
  const entries = result.series.flatMap((series) => {
    const { p50, p99, min, max, count, errors, dropped } = series.summary;
    if (p50 === null || p99 === null || min === null || max === null) return [];
    const shared = { unit: "ms", range: `${ms(min)} to ${ms(max)}`, extra: `${runtimeName} ${runtimeVersion}\n${count} samples, ${errors} errors, ${dropped} dropped` };
    return [
      { name: `${titleOf(series)} p50`, value: ms(p50), ...shared },
      { name: `${titleOf(series)} p99`, value: ms(p99), ...shared },
    ];
  });
  return `${JSON.stringify(entries, null, 2)}\n`;
}

function ms(ns: number): number {
  return Math.round(ns / 1e3) / 1e3;
}
