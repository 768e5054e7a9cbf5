/** The harness as a library: what a program needs to load suites, run them and read their results. */
export { loadCatalog, type Catalog, type LoadOptions } from "./catalog/load.ts";
export { buildPlan, type PlanOptions } from "./catalog/build-plan.ts";
export { HarnessError, type ErrorCode } from "./model/errors.ts";
export type { CallRecord, Emit, RunEvent, RunInfo } from "./model/event.ts";
export type { Plan, PlanCase, PlanInvariant } from "./model/plan.ts";
export type { CaseResult, CheckResult, Level, Verdict } from "./model/verdict.ts";
export type { Reporter, WriteText } from "./reporters/reporter.ts";
export { runPlan, type RunDeps, type RunOptions, type RunSummary } from "./runner/run-plan.ts";
export { readEventLog } from "./runner/event-log.ts";
export { startReferenceRuntime, type ReferenceRuntime, type ReferenceRuntimeOptions } from "./reference-runtime/start.ts";
