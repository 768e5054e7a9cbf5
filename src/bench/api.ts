/** What the command line calls. Everything else in this folder is inside. */
export { runBench, type BenchOptions } from "./run-bench.ts";
export { lifecycleNames } from "./lifecycle.ts";
export type { BenchResult, Environment, Sample, Series, Summary } from "./result.ts";
