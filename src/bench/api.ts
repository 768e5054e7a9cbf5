/** What the command line calls. Everything else in this folder is inside. */
export { runBench } from "./run-bench.ts";
export type { BenchOptions } from "./bench-options.ts";
export { workloadOf, type Workload } from "./workload/workload.ts";
export type { LoadPlan } from "./load/load-plan.ts";
export type { ServeImage } from "./workload/fixtures.ts";
export type { BenchResult, Environment, Floor, Sample, Series, Summary } from "./result.ts";
export { exporters } from "./exporters/exporters.ts";
export { toGoBench } from "./exporters/go-bench.ts";
export { importers } from "./importers/importers.ts";
export { judgeGates, parseGate, type Gate, type GateResult } from "./gate.ts";
export { compareRuns, type Comparison } from "./statistics/compare.ts";
export { compareResults, figuresOfRuns } from "./statistics/compare-results.ts";
export { detectable, resampleComparisons, type Detectable, type ResampleCount } from "./statistics/resample.ts";
export { runInWorkers, type PoolResult } from "./load/pool.ts";
export { monotonicMs, type ClientModule, type Job } from "./load/job.ts";
export { burst, schedule } from "./load/schedule.ts";
export { calibrate, type CalibrationCell } from "./calibrate.ts";
export { toHtml } from "./report/html.ts";
