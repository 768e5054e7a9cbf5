/** Compiles cases and invariants: matrices over written axes are expanded here, discovered ones when the plan is made. */
import { didYouMean } from "../cel/did-you-mean.ts";
import type { CelType } from "../cel/types.ts";
import type { CelText, PlanCase, PlanFixture, PlanInvariant, Position } from "../model/plan.ts";
import type { Level } from "../model/verdict.ts";
import type { Path } from "../yaml/document.ts";
import { checkAbout, checkId, checkKeys, checkText, textsAt } from "./check-values.ts";
import type { Context } from "./check-values.ts";
import { compileDuration, compileSteps } from "./compile-step.ts";
import type { Compilation } from "./compile-step.ts";
import { compileGiven } from "./compile-given.ts";
import { compileCovers } from "./covers.ts";
import { Problems } from "./problems.ts";
import type { Feature, Requirement } from "./requirements.ts";
import { settle } from "./settle.ts";
import { celAt, isFields } from "./source.ts";
import type { Fields } from "./source.ts";
import { caseKeys, invariantKeys } from "./vocabulary.ts";

export interface CaseContext extends Context {
  readonly suite: string;
  readonly requirements: ReadonlyMap<string, Requirement>;
  readonly features: ReadonlyMap<string, Feature>;
}

/** What a cell of a case is called: this much is known before it is compiled. */
export interface CaseName {
  /** Without the discovered axes. */
  readonly id: string;
  readonly suite: string;
  readonly baseId: string;
  /** Of the written axes. */
  readonly labels: Readonly<Record<string, string>>;
  /** Axis → `${…}` over target and host. */
  readonly discovered: Readonly<Record<string, string>>;
  /** Where it is written. */
  readonly place: () => Position;
}

interface CompiledCell {
  /** With the id of its name. */
  readonly plan: PlanCase;
  readonly where: CelText | undefined;
  readonly needs: readonly string[];
  readonly rpcs: readonly string[];
  readonly verbs: readonly string[];
}

/** A case for one cell of its written axes. One that was left for later throws SuiteError where it is compiled at last, and is wrong. */
export interface CatalogCase extends CaseName, CompiledCell {}

export interface CatalogInvariant {
  readonly plan: PlanInvariant;
  readonly needs: readonly string[];
}

/** Names that are there everywhere. */
export const everywhere: readonly (readonly [string, CelType])[] = [
  ["target", "dyn"], ["host", "dyn"], ["case", { object: "case", fields: { id: "string", namespace: "string", cgroup: "string" } }], ["absent", { object: "absent", fields: { id: "string" } }],
];
const defaultDeadlineMs = 300_000;

interface Cell {
  readonly labels: Record<string, string>;
  readonly values: Record<string, unknown>;
}

/** Every written cell of one case. Where `isWanted` says no, it is compiled when somebody looks into it. */
export function compileCase(context: CaseContext, path: Path, value: unknown, isWanted: (name: CaseName) => boolean): CatalogCase[] {
  if (!isFields(value)) {
    context.problems.add(context.source.at(path), "a case is a mapping");
    return [];
  }
  checkKeys(context, path, value, caseKeys, "a case");
  checkId(context, path, value);
  checkAbout(context, path, value, "a case");
  const { cells, discovered } = cellsOf(context, [...path, "matrix"], value["matrix"]);
  return cells.map((cell) => {
    const baseId = String(value["id"]);
    const name: CaseName = { id: idWith(baseId, cell.labels), suite: context.suite, baseId, labels: cell.labels, discovered, place: () => context.source.at(path) };
    if (isWanted(name)) return { ...name, ...compileCell(context, path, value, cell, name) };
    return lateCase(name, () => {
      const problems = new Problems();
      const compiled = compileCell({ ...context, problems }, path, value, cell, name);
      problems.throwIfAny();
      return compiled;
    });
  });
}

/** A case that is compiled when somebody looks into it. */
function lateCase(name: CaseName, compile: () => CompiledCell): CatalogCase {
  let compiled: CompiledCell | undefined;
  const cell = (): CompiledCell => {
    compiled ??= compile();
    return compiled;
  };
  return {
    ...name,
    get plan() { return cell().plan; },
    get where() { return cell().where; },
    get needs() { return cell().needs; },
    get rpcs() { return cell().rpcs; },
    get verbs() { return cell().verbs; },
  };
}

/** The written cells of a matrix, and its discovered axes. */
export function cellsOf(context: Context, path: Path, matrix: unknown): { cells: Cell[]; discovered: Record<string, string> } {
  let cells: Cell[] = [{ labels: {}, values: {} }];
  const discovered: Record<string, string> = {};
  for (const [axis, body] of isFields(matrix) ? Object.entries(matrix) : []) {
    if (typeof body === "string") {
      discovered[axis] = body;
      continue;
    }
    const entries: [string, unknown][] = Array.isArray(body) ? body.map((item: unknown) => [labelOf(item), item]) : isFields(body) ? Object.entries(body) : [];
    if (entries.length === 0) context.problems.add(context.source.at([...path, axis]), `axis ${axis} is a list, a mapping or "\${…}"`);
    for (const [label] of entries) if (!/^[A-Za-z0-9._-]+$/.test(label)) context.problems.add(context.source.at([...path, axis]), `'${label}' needs a label of [A-Za-z0-9._-]+`);
    cells = cells.flatMap((cell) => entries.map(([label, item]) => ({ labels: { ...cell.labels, [axis]: label }, values: { ...cell.values, [axis]: item } })));
  }
  return { cells, discovered };
}

/** How a value reads in an id. */
export function labelOf(value: unknown): string {
  return value === "" ? "_default" : String(value);
}

/** The id with its axes in alphabetical order. */
export function idWith(base: string, labels: Readonly<Record<string, string>>): string {
  return [base, ...Object.keys(labels).sort().map((axis) => `${axis}=${labels[axis] ?? ""}`)].join("/");
}

function compileCell(context: CaseContext, path: Path, value: Fields, cell: Cell, { id, suite, place }: CaseName): CompiledCell {
  const c: Compilation = {
    source: context.source, problems: context.problems, schema: context.schema, requirements: context.requirements, alone: value["alone"] !== undefined,
    matrix: cell.values, scope: new Map<string, CelType>([...everywhere, ["matrix", "dyn"]]), takenAt: new Map(), rpcs: new Set(), verbs: new Set(), checks: [],
  };
  if (value["where"] !== undefined) checkText(c, [...path, "where"], value["where"], c.scope);
  const before = compileBefore(c, path, value);
  const given = compileGiven(c, [...path, "given"], value["given"]);
  const steps = compileSteps(c, [...path, "steps"], value["steps"]);
  if (c.checks.length === 0) context.problems.add(context.source.at(path), "a case has at least one check");
  const api = value["api"] === "v1alpha2" ? "v1alpha2" : "v1";
  const where = value["where"];
  return {
    needs: needsOf(context, [...path, "needs"], value["needs"]), rpcs: [...c.rpcs], verbs: [...c.verbs],
    where: typeof where === "string" ? celAt(context.source, [...path, "where"], where) : undefined,
    plan: {
      id, about: String(value["about"]), suite, at: place(), matrix: cell.values,
      ...(before.length === 0 ? {} : { before }), given, steps,
      ...compileAlone(c, [...path, "alone"], value["alone"]), ...(typeof value["draft"] === "string" ? { draft: value["draft"] } : {}), deadlineMs: compileDuration(c, [...path, "deadline"], value["deadline"]) ?? defaultDeadlineMs, api,
      robustness: context.suite.startsWith("robustness/"), requirements: [...new Set(c.checks.flatMap((check) => check.covers))], level: highest(c.checks.map((check) => check.level)),
    },
  };
}

/** Fixtures of all cells: they know of no cell, and there must be several. */
function compileBefore(c: Compilation, path: Path, { before, matrix, given }: Fields): PlanFixture[] {
  if (before === undefined) return [];
  const place = [...path, "before"];
  if (matrix === undefined) c.problems.add(c.source.keyAt(place), "before is for the cells of a matrix: a case without one takes given");
  for (const variable of Object.keys(isFields(given) ? given : {})) {
    if (isFields(before) && variable in before) c.problems.add(c.source.keyAt([...path, "given", variable]), `${variable} is in before too`);
  }
  c.scope.delete("matrix");
  const fixtures = compileGiven(c, place, before);
  c.scope.set("matrix", "dyn");
  return fixtures;
}

/** Why the case is alone; and with which others, where that is written. */
function compileAlone(c: Compilation, path: Path, value: unknown): Pick<PlanCase, "alone" | "group"> {
  if (value === undefined) return {};
  if (typeof value === "string") return { alone: value };
  const { because, group, ...rest } = isFields(value) ? value : {};
  if (typeof because === "string" && typeof group === "string" && Object.keys(rest).length === 0) {
    return { alone: because, group: group.replace(/\$\{[^}]*\}/g, (hole) => String(settle(c.matrix, hole))) };
  }
  c.problems.add(c.source.at(path), "alone is a text, or { because, group }");
  return {};
}

function highest(levels: readonly Level[]): Level {
  return levels.includes("MUST") ? "MUST" : levels.includes("SHOULD") ? "SHOULD" : "MAY";
}

/** The features of `needs`. */
export function needsOf(context: CaseContext, path: Path, value: unknown): string[] {
  const names: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  for (const name of names) if (!context.features.has(String(name))) context.problems.add(context.source.at(path), `no feature ${String(name)}${didYouMean(String(name), context.features.keys())}`);
  return names.map(String);
}

/** One invariant. */
export function compileInvariant(context: CaseContext, path: Path, value: unknown): CatalogInvariant[] {
  if (!isFields(value)) return [];
  checkKeys(context, path, value, invariantKeys, "an invariant");
  checkId(context, path, value);
  checkAbout(context, path, value, "an invariant");
  const of = value["of"];
  const scope = new Map<string, CelType>([...everywhere, ["now", "int"]]);
  const role = (name: string, message: unknown, ...places: string[]): void => {
    if (!context.schema.messages.has(String(message))) context.problems.add(context.source.at([...path, "of"]), `no message ${String(message)}${didYouMean(String(message), context.schema.messages.keys())}`);
    for (const place of [name, ...places]) scope.set(place, { message: String(message) });
  };
  if (isFields(of)) for (const [name, message] of Object.entries(of)) role(name, message);
  else role("message", of, "previous");
  const rpc = [...context.schema.rpcs.values()].find((item) => item.responseType === of);
  if (rpc !== undefined) scope.set("request", { message: rpc.requestType });
  const key = value["key"];
  const roles = isFields(key) ? Object.entries(key) : [];
  for (const [name, text] of roles) checkText(context, [...path, "key", name], text, scope);
  if (typeof key === "string") checkText(context, [...path, "key"], key, scope);
  if (value["when"] !== undefined) checkText(context, [...path, "when"], value["when"], scope);
  const that = textsAt(context, [...path, "that"], value["that"]);
  for (const item of that) checkText(context, item.path, item.text.source, scope);
  const c: Compilation = { ...context, alone: false, matrix: {}, scope, takenAt: new Map(), rpcs: new Set(), verbs: new Set(), checks: [] };
  const { covers, level } = compileCovers(c, [...path, "covers"], value["covers"]);
  const ofRoles = isFields(of) ? Object.fromEntries(Object.entries(of).map(([name, message]) => [name, String(message)])) : String(of);
  return [{
    needs: needsOf(context, [...path, "needs"], value["needs"]),
    plan: {
      id: String(value["id"]), about: String(value["about"]), suite: context.suite, at: context.source.at(path), of: ofRoles, that: that.map(({ text }) => text), covers, level,
      ...(typeof key === "string" ? { key: celAt(context.source, [...path, "key"], key) } : roles.length > 0 ? { key: Object.fromEntries(roles.map(([name, text]) => [name, celAt(context.source, [...path, "key", name], String(text))])) } : {}),
      ...(typeof value["when"] === "string" ? { when: celAt(context.source, [...path, "when"], value["when"]) } : {}),
    },
  }];
}
