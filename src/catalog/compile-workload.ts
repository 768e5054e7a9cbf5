/** Checks workloads: calls over the wire that are repeated under a load, and what their times must be. */
import type { CelType } from "../cel/types.ts";
import { checkAbout, checkId, checkKeys, checkText } from "./check-values.ts";
import { cellsOf, everywhere, needsOf } from "./compile-case.ts";
import type { CaseContext } from "./compile-case.ts";
import { compileGiven } from "./compile-given.ts";
import { compileSteps } from "./compile-step.ts";
import type { Compilation } from "./compile-step.ts";
import { durationMs, isFields } from "./source.ts";
import type { Fields, Path } from "./source.ts";
import { phaseKeys, workloadKeys, workloadModifiers } from "./vocabulary.ts";

/** What is known of the samples of one RPC. */
const series: CelType = {
  object: "samples",
  fields: { p50: "duration", p90: "duration", p99: "duration", max: "duration", count: "int", errors: "int", dropped: "int", rate: "double" },
};

/** Complains of what is wrong with a workload; its text stays as it is for the bench. */
export function checkWorkload(context: CaseContext, path: Path, value: unknown): void {
  if (!isFields(value)) {
    context.problems.add(context.source.at(path), "a workload is a mapping");
    return;
  }
  checkKeys(context, path, value, workloadKeys, "a workload");
  checkId(context, path, value);
  checkAbout(context, path, value, "a workload");
  needsOf(context, [...path, "needs"], value["needs"]);
  for (const cell of cellsOf(context, [...path, "matrix"], value["matrix"]).cells) checkCell(context, path, value, cell.values);
  checkPhases(context, [...path, "phases"], value["phases"]);
}

function checkCell(context: CaseContext, path: Path, value: Fields, matrix: Fields): void {
  const c: Compilation = { ...context, alone: false, matrix, scope: new Map<string, CelType>([...everywhere, ["matrix", "dyn"]]), takenAt: new Map(), rpcs: new Set(), verbs: new Set(), checks: [] };
  compileGiven(c, [...path, "given"], value["given"]);
  const iteration = value["iteration"];
  const place = [...path, "iteration"];
  if (!isFields(iteration)) {
    context.problems.add(context.source.at(place), "a workload has an iteration: { given, steps }");
    return;
  }
  checkKeys(context, place, iteration, ["given", "steps"], "an iteration");
  // Its number: names that every iteration makes for itself.
  c.scope.set("index", "int");
  compileGiven(c, [...place, "given"], iteration["given"]);
  compileSteps(c, [...place, "steps"], iteration["steps"]);
  checkCalls(context, [...place, "steps"], iteration["steps"]);
  checkBudget(context, [...path, "budget"], value["budget"], c.rpcs);
}

/** Nothing but calls may stand near a sample. */
function checkCalls(context: CaseContext, path: Path, steps: unknown): void {
  if (!Array.isArray(steps)) return;
  steps.forEach((step: unknown, index) => {
    for (const key of isFields(step) ? Object.keys(step) : []) {
      if (!context.schema.rpcs.has(key) && !workloadModifiers.some((known) => known === key)) context.problems.add(context.source.keyAt([...path, index, key]), `a step of a workload is a call with ${workloadModifiers.join(", ")}: no ${key}`);
    }
  });
}

function checkPhases(context: CaseContext, path: Path, value: unknown): void {
  if (!Array.isArray(value) || value.length === 0) {
    context.problems.add(context.source.at(path), "a workload has a list of phases");
    return;
  }
  value.forEach((phase: unknown, index) => checkPhase(context, [...path, index], phase));
}

function checkPhase(context: CaseContext, path: Path, phase: unknown): void {
  const bad = (key: string, message: string): void => context.problems.add(context.source.at([...path, key]), message);
  if (!isFields(phase)) {
    context.problems.add(context.source.at(path), "a phase is a mapping");
    return;
  }
  const open = "rate" in phase;
  checkKeys(context, path, phase, open ? phaseKeys.open : phaseKeys.closed, open ? "an open phase" : "a closed phase");
  if (open && !/^\d+(\.\d+)?\/(s|m)$/.test(String(phase["rate"]))) bad("rate", `a rate such as 5/s is wanted, got ${String(phase["rate"])}`);
  if (open && !["even", "poisson", "undefined"].includes(String(phase["spacing"]))) bad("spacing", "spacing is even or poisson");
  for (const key of ["inFlight", "workers", "iterations"]) if (phase[key] !== undefined && !isPositive(phase[key])) bad(key, `${key} wants a whole number above 0`);
  if (phase["for"] !== undefined && durationMs(phase["for"]) === undefined) bad("for", `a duration such as 200ms, 2s or 5m is wanted, got ${String(phase["for"])}`);
  if (phase["warmUp"] !== undefined && typeof phase["warmUp"] !== "boolean") bad("warmUp", "warmUp is true or false");
  if (open && phase["for"] === undefined) bad("for", "an open phase says for how long");
  if (!open && (phase["workers"] === undefined || (phase["iterations"] === undefined) === (phase["for"] === undefined))) bad("workers", "a closed phase has workers, and either iterations or for");
}

function isPositive(value: unknown): boolean {
  return typeof value === "bigint" && value > 0n;
}

function checkBudget(context: CaseContext, path: Path, value: unknown, rpcs: ReadonlySet<string>): void {
  const list: unknown[] = Array.isArray(value) ? value : [];
  if (value !== undefined && !Array.isArray(value)) context.problems.add(context.source.at(path), "a budget is a list of { about, that }");
  const scope = new Map<string, CelType>([...everywhere, ["matrix", "dyn"], ["samples", { object: "samples", fields: Object.fromEntries([...rpcs].map((rpc) => [rpc, series])) }]]);
  list.forEach((item, index) => {
    const place = [...path, index];
    if (!isFields(item)) return context.problems.add(context.source.at(place), "a budget is a list of { about, that }");
    checkKeys(context, place, item, ["about", "that"], "a budget");
    checkAbout(context, place, item, "a budget");
    checkText(context, [...place, "that"], item["that"] ?? "", scope);
  });
}
