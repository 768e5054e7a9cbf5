import type { BenchResult, Series } from "../result.ts";

const quantiles = [["0.5", "p50"], ["0.9", "p90"], ["0.95", "p95"], ["0.99", "p99"]] as const;

/** Prometheus text, for a textfile collector or a push gateway. */
export function toPrometheus(result: BenchResult): string {
  const { runtimeName, runtimeVersion } = result.environment;
  const runtime = { runtime: runtimeName, version: runtimeVersion };
  const lines = [
    "# HELP criteria_operation_duration_seconds Time of an operation that ended OK.",
    "# TYPE criteria_operation_duration_seconds summary",
    ...result.series.flatMap((series) => durations(series, runtime)),
    "# HELP criteria_operation_errors Operations that ended with another status than OK.",
    "# TYPE criteria_operation_errors gauge",
    ...result.series.map((series) => `criteria_operation_errors${labels(series, runtime)} ${series.summary.errors}`),
    "# HELP criteria_operation_dropped Starts of an open load that never began.",
    "# TYPE criteria_operation_dropped gauge",
    ...result.series.map((series) => `criteria_operation_dropped${labels(series, runtime)} ${series.summary.dropped}`),
    "# HELP criteria_operation_rate Operations that ended OK per second of wall clock.",
    "# TYPE criteria_operation_rate gauge",
    ...result.series.map((series) => `criteria_operation_rate${labels(series, runtime)} ${series.summary.ratePerSecond}`),
  ];
  return `${lines.join("\n")}\n`;
}

function durations(series: Series, runtime: Readonly<Record<string, string>>): string[] {
  const name = "criteria_operation_duration_seconds";
  const { count, errors, mean } = series.summary;
  const good = count - errors;
  return [
    ...quantiles.map(([quantile, key]) => `${name}${labels(series, { ...runtime, quantile })} ${(series.summary[key] ?? Number.NaN) / 1e9}`),
    `${name}_sum${labels(series, runtime)} ${((mean ?? 0) * good) / 1e9}`,
    `${name}_count${labels(series, runtime)} ${good}`,
  ];
}

function labels(series: Series, more: Readonly<Record<string, string>>): string {
  const all = Object.entries({ operation: series.name, workload: series.phase, ...more });
  return `{${all.map(([key, value]) => `${key}="${escape(value)}"`).join(",")}}`;
}

function escape(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
