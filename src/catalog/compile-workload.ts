/** Checks workloads: calls over the wire that are repeated under a load, and what their times must be. */
import type { CelType } from "../cel/types.ts";
import type { Path } from "../yaml/document.ts";
import { checkAbout, checkHoles, checkId, checkKeys, checkText } from "./check-values.ts";
import { cellsOf, needsOf } from "./compile-case.ts";
import type { CaseContext } from "./compile-case.ts";
import { compileGiven } from "./compile-given.ts";
import { compileSteps } from "./compile-step.ts";
import type { Compilation } from "./compile-step.ts";
import { durationMs, isFields } from "./source.ts";
import type { Fields } from "./source.ts";
import { measureKeys, measureModifiers, measureSeries, measureSince, mixKeys, notBesideMix, phaseKeys, workloadFixtures, workloadKeys, workloadModifiers } from "./workload-vocabulary.ts";

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
  const isMix = value["mix"] !== undefined;
  if (isMix) checkMix(context, path, value);
  else for (const cell of cellsOf(context, [...path, "matrix"], value["matrix"]).cells) checkCell(context, path, value, cell.values);
  checkPhases(context, [...path, "phases"], value["phases"], isMix);
}

function checkMix(context: CaseContext, workload: Path, value: Fields): void {
  const bad = (place: Path, message: string): void => context.problems.add(context.source.at(place), message);
  for (const key of notBesideMix) if (value[key] !== undefined) context.problems.add(context.source.keyAt([...workload, key]), `a mix runs the iterations of others, each as it is: no ${key} beside it`);
  const [path, mix] = [[...workload, "mix"], value["mix"]];
  if (!Array.isArray(mix) || mix.length === 0) return bad(path, "a mix is a list of { workload, rate }");
  mix.forEach((part: unknown, index) => {
    const place = [...path, index];
    if (!isFields(part)) return bad(place, "a part of a mix is { workload, rate }");
    checkKeys(context, place, part, mixKeys, "a part of a mix");
    if (typeof part["workload"] !== "string") bad(place, "a part of a mix names a workload");
    if (!isRate(part["rate"])) bad([...place, "rate"], `a rate such as 5/s is wanted, got ${String(part["rate"])}`);
  });
}

function checkCell(context: CaseContext, path: Path, value: Fields, matrix: Fields): void {
  const c: Compilation = { ...context, alone: false, matrix, scope: new Map<string, CelType>([["matrix", "dyn"], ["probe", { object: "probe", fields: { ref: "string" } }]]), takenAt: new Map(), rpcs: new Set(), verbs: new Set(), checks: [] };
  checkGiven(c, [...path, "given"], value["given"]);
  const iteration = value["iteration"];
  const place = [...path, "iteration"];
  if (!isFields(iteration)) {
    context.problems.add(context.source.at(place), "a workload has an iteration: { given, steps }, or a mix");
    return;
  }
  checkKeys(context, place, iteration, ["given", "steps"], "an iteration");
  checkServed(c, [...place, "given"], iteration["given"]);
  // Its number: names that every iteration makes for itself.
  c.scope.set("index", "int");
  checkGiven(c, [...place, "given"], iteration["given"]);
  c.scope.set("index", "int");
  const series = checkSteps(c, [...place, "steps"], iteration["steps"]);
  checkBudget(context, [...path, "budget"], value["budget"], series);
}

/** Only what the bench can make; of it, only states that it can bring about. */
function checkGiven(c: Compilation, path: Path, given: unknown): void {
  compileGiven(c, path, given);
  for (const [variable, body] of isFields(given) ? Object.entries(given) : []) {
    const found = Object.entries(workloadFixtures).find(([kind]) => variable === kind || variable === `${kind}s`);
    const place = [...path, variable];
    if (found === undefined) c.problems.add(c.source.keyAt(place), `a workload is given pods, containers and images, no ${variable}`);
    else if (variable === found[0]) checkFixture(c, place, body, found[0], found[1]);
    else for (const [key, item] of isFields(body) ? Object.entries(body) : []) checkFixture(c, [...place, key], item, found[0], found[1]);
  }
}

/** Images of iterations are served before the first begins, and know nothing of any. */
function checkServed(c: Compilation, path: Path, given: unknown): void {
  if (!isFields(given)) return;
  const several = given["images"];
  const images: (readonly [Path, unknown])[] = [[[...path, "image"], given["image"]]];
  for (const [key, item] of isFields(several) ? Object.entries(several) : []) images.push([[...path, "images", key], item]);
  for (const [place, item] of images) {
    if (!isFields(item)) continue;
    const scope = new Map(c.scope);
    if (item["count"] !== undefined) scope.set("index", "int");
    for (const [key, value] of Object.entries(item)) checkHoles(c, [...place, key], value, scope);
  }
}

function checkFixture(c: Compilation, path: Path, body: unknown, kind: string, known: { readonly keys: readonly string[]; readonly states: readonly string[] }): void {
  if (!isFields(body)) {
    c.problems.add(c.source.at(path), `a ${kind} of a workload is a mapping`);
    return;
  }
  checkKeys(c, path, body, known.keys, `a ${kind} of a workload`);
  const state = body["state"];
  if (typeof state === "string" && !state.includes("${") && !known.states.includes(state)) c.problems.add(c.source.at([...path, "state"]), `a ${kind} of a workload is ${known.states.join(" or ")}`);
}

/** Calls are checked as those of cases are; measures and marks stand among them. Answers the names of the series. */
function checkSteps(c: Compilation, path: Path, steps: unknown): ReadonlySet<string> {
  if (!Array.isArray(steps)) {
    c.problems.add(c.source.at(path), "a list of steps is wanted here");
    return new Set();
  }
  const all: unknown[] = steps;
  // A measure binds nothing: for those that check calls, nothing is in its place.
  compileSteps(c, path, all.map((step) => (isFields(step) && ownVerb(step) !== undefined ? { check: "true" } : callOf(step))));
  const series = new Set<string>();
  all.forEach((step, index) => { if (isFields(step)) checkStep(c, [...path, index], step, series); });
  if (series.size === 0) c.problems.add(c.source.at(path), "nothing is measured in this iteration");
  return series;
}

/** What a call looks like to those that know only cases. */
function callOf(step: unknown): unknown {
  if (!isFields(step)) return step;
  const { series: _series, measured: _measured, ...rest } = step;
  return rest;
}

function ownVerb(step: Fields): string | undefined {
  return Object.keys(step).find((key) => key === "mark" || Object.hasOwn(measureKeys, key));
}

function checkStep(c: Compilation, path: Path, step: Fields, series: Set<string>): void {
  const verb = ownVerb(step);
  const rpc = Object.keys(step).find((key) => c.schema.rpcs.has(key));
  const allowed: readonly string[] = verb === "mark" ? ["since"] : verb === undefined ? workloadModifiers : measureModifiers;
  for (const key of Object.keys(step)) {
    if (key === verb || key === rpc || allowed.includes(key)) continue;
    c.problems.add(c.source.keyAt([...path, key]), `beside ${verb ?? "a call"} of a workload stand ${allowed.join(", ")}: no ${key}`);
  }
  if (verb === "mark") checkMark(c, path, step, series);
  else if (verb !== undefined) checkMeasure(c, path, step, verb, series);
  const name = verb === "mark" ? step["mark"] : step["series"] ?? (verb === undefined ? rpc : measureSeries[verb]);
  if (typeof name === "string" && step["measured"] !== false) series.add(name);
}

function checkMeasure(c: Compilation, path: Path, step: Fields, verb: string, series: ReadonlySet<string>): void {
  const since = measureSince[verb];
  if (since !== undefined && !series.has(since)) c.problems.add(c.source.at([...path, verb]), `${verb} counts from ${since}: nothing before it is measured as ${since}`);
  const input = step[verb];
  if (!isFields(input)) return c.problems.add(c.source.at([...path, verb]), `${verb} is a mapping`);
  checkKeys(c, [...path, verb], input, measureKeys[verb] ?? [], verb);
  checkHoles(c, [...path, verb], input, c.scope);
}

function checkMark(c: Compilation, path: Path, step: Fields, series: ReadonlySet<string>): void {
  if (typeof step["mark"] !== "string") c.problems.add(c.source.at([...path, "mark"]), "a mark is a name");
  const since = step["since"];
  if (since !== undefined && !series.has(String(since))) c.problems.add(c.source.at([...path, "since"]), `nothing before it is measured as ${String(since)}`);
  if (series.size === 0) c.problems.add(c.source.at(path), "nothing is measured before this mark");
}

function checkPhases(context: CaseContext, path: Path, value: unknown, isMix: boolean): void {
  if (!Array.isArray(value) || value.length === 0) {
    context.problems.add(context.source.at(path), "a workload has a list of phases");
    return;
  }
  value.forEach((phase: unknown, index) => checkPhase(context, [...path, index], phase, isMix));
}

function checkPhase(context: CaseContext, path: Path, phase: unknown, isMix: boolean): void {
  const bad = (key: string, message: string): void => context.problems.add(context.source.at([...path, key]), message);
  if (!isFields(phase)) {
    context.problems.add(context.source.at(path), "a phase is a mapping");
    return;
  }
  const kind = isMix ? "mix" : "rate" in phase ? "open" : (["burst", "steps", "density"] as const).find((name) => name in phase) ?? "closed";
  checkKeys(context, path, phase, phaseKeys[kind], isMix ? "a phase of a mix" : `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind} phase`);
  if (kind === "open" && !isRate(phase["rate"])) bad("rate", `a rate such as 5/s is wanted, got ${String(phase["rate"])}`);
  if (!["even", "poisson", "undefined"].includes(String(phase["spacing"]))) bad("spacing", "spacing is even or poisson");
  for (const key of ["inFlight", "workers", "iterations", "burst"]) if (phase[key] !== undefined && !isPositive(phase[key])) bad(key, `${key} wants a whole number above 0`);
  for (const key of ["steps", "density"]) if (phase[key] !== undefined && !isCounts(phase[key], key === "steps" ? 1n : 0n)) bad(key, `${key} wants a list of whole numbers`);
  if (phase["for"] !== undefined && durationMs(phase["for"]) === undefined) bad("for", `a duration such as 200ms, 2s or 5m is wanted, got ${String(phase["for"])}`);
  if (phase["warmUp"] !== undefined && typeof phase["warmUp"] !== "boolean") bad("warmUp", "warmUp is true or false");
  if ((kind === "open" || kind === "mix") && phase["for"] === undefined) bad("for", `${kind === "mix" ? "a phase of a mix" : "an open phase"} says for how long`);
  if (kind === "closed" && (phase["workers"] === undefined || (phase["iterations"] === undefined) === (phase["for"] === undefined))) bad("workers", "a closed phase has workers, and either iterations or for");
}

function isRate(value: unknown): boolean {
  return /^\d+(\.\d+)?\/(s|m)$/.test(String(value));
}

function isPositive(value: unknown): boolean {
  return typeof value === "bigint" && value > 0n;
}

function isCounts(value: unknown, least: bigint): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item: unknown) => typeof item === "bigint" && item >= least);
}

function checkBudget(context: CaseContext, path: Path, value: unknown, names: ReadonlySet<string>): void {
  const list: unknown[] = Array.isArray(value) ? value : [];
  if (value !== undefined && !Array.isArray(value)) context.problems.add(context.source.at(path), "a budget is a list of { about, that }");
  const scope = new Map<string, CelType>([["matrix", "dyn"], ["samples", { object: "samples", fields: Object.fromEntries([...names].map((name) => [name, series])) }]]);
  list.forEach((item, index) => {
    const place = [...path, index];
    if (!isFields(item)) return context.problems.add(context.source.at(place), "a budget is a list of { about, that }");
    checkKeys(context, place, item, ["about", "that"], "a budget");
    checkAbout(context, place, item, "a budget");
    checkText(context, [...place, "that"], item["that"] ?? "", scope);
  });
}
