import type { BenchResult } from "../result.ts";

/**
 * Go benchmark text, which benchstat reads: one line per series and result, since benchstat takes each line for an
 * independent measurement, and a run is one. Give all runs of a side at once.
 */
export function toGoBench(results: readonly BenchResult[]): string {
  return results.map((result) => [...configuration(result), ...lines(result), ""].join("\n")).join("");
}

function configuration({ environment }: BenchResult): string[] {
  return [
    `goos: ${environment.kernel.split(" ")[0]?.toLowerCase() ?? ""}`, `goarch: ${environment.architecture}`, `cpu: ${environment.cpu}`,
    `runtime: ${environment.runtimeName} ${environment.runtimeVersion}`,
  ];
}

function lines(result: BenchResult): string[] {
  return result.series.flatMap(({ name, phase, summary }) => {
    const { mean, p50, p99, count, errors, dropped } = summary;
    if (mean === null || p50 === null || p99 === null) return [];
    // benchstat takes a last `-N` for GOMAXPROCS; the number in flight is the nearest thing here.
    const title = `Benchmark${capital(name)}/workload=${phase.replaceAll(/\s/g, "_")}-${Math.max(1, result.load.parallel)}`;
    return [[title, count - errors, `${mean.toFixed(0)} ns/op`, `${p50.toFixed(0)} p50-ns/op`, `${p99.toFixed(0)} p99-ns/op`, ...some(errors, "errors"), ...some(dropped, "dropped")].join("\t")];
  });
}

/** Not where there is none: benchstat makes no ratio of zeros. */
function some(count: number, unit: string): string[] {
  return count === 0 ? [] : [`${count} ${unit}`];
}

function capital(name: string): string {
  return name.split("_").map((part) => part.slice(0, 1).toUpperCase() + part.slice(1)).join("");
}
