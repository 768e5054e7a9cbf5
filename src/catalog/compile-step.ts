/** Turns the steps of a case into a plan's, and says what is wrong with them. */
import { didYouMean } from "../cel/did-you-mean.ts";
import type { CelType } from "../cel/types.ts";
import type { RpcSchema } from "../cri/schema.ts";
import { grpcCodes } from "../model/grpc-code.ts";
import type { PlanBranch, PlanCheck, PlanStep, PlanVerb } from "../model/plan.ts";
import type { Path } from "../yaml/document.ts";
import { checkHoles, checkMessage, checkText, checkValue, textsAt, textType } from "./check-values.ts";
import type { Context } from "./check-values.ts";
import { compileCovers } from "./covers.ts";
import type { Requirement } from "./requirements.ts";
import { settle } from "./settle.ts";
import { celAt, durationMs, isFields, sizeBytes } from "./source.ts";
import type { Fields } from "./source.ts";
import { checkVerbInput, harnessVerbs, resultType, stepKeys } from "./verb-input.ts";
import { checkKeys, modifiers, structureVerbs } from "./vocabulary.ts";

/** One case (or cell of its matrix) under compilation. */
export interface Compilation extends Context {
  readonly requirements: ReadonlyMap<string, Requirement>;
  readonly alone: boolean;
  /** Values of the written axes of this cell. */
  readonly matrix: Fields;
  /** Names in scope; grows while steps are read. */
  readonly scope: Map<string, CelType>;
  readonly takenAt: Map<string, number>;
  readonly rpcs: Set<string>;
  readonly verbs: Set<string>;
  readonly checks: PlanCheck[];
}

const verbWords: readonly string[] = [...harnessVerbs, ...structureVerbs];
const modifierWords: readonly string[] = modifiers;
const defaultEveryMs = 200;

/** Compiles a list of steps. */
export function compileSteps(c: Compilation, path: Path, value: unknown, depth = 0): PlanStep[] {
  if (!Array.isArray(value)) {
    c.problems.add(c.source.at(path), "a list of steps is wanted here");
    return [];
  }
  const steps: unknown[] = value;
  return steps.flatMap((step, index) => compileStep(c, [...path, index], step, depth) ?? []);
}

function compileStep(c: Compilation, path: Path, step: unknown, depth: number): PlanStep | undefined {
  if (!isFields(step)) {
    c.problems.add(c.source.at(path), "a step is a mapping with one verb");
    return undefined;
  }
  const name = verbOf(c, path, step);
  if (name === undefined) return undefined;
  const rpc = c.schema.rpcs.get(name);
  const each = compileEach(c, path, step["each"]);
  const rounds = each !== undefined || step["repeat"] !== undefined;
  const shadowed = new Map<string, CelType | undefined>();
  const bind = (key: string, type: CelType): void => {
    shadowed.set(key, c.scope.get(key));
    c.scope.set(key, type);
  };
  if (each !== undefined) bind(each.name, each.type);
  bind("index", "int");
  for (const key of ["repeat", "concurrent"]) if (step[key] !== undefined) checkHoles(c, [...path, key], step[key], c.scope);
  if (step["when"] !== undefined) checkText(c, [...path, "when"], step["when"], c.scope);
  const saved: [string, CelType][] = [];
  const verb = compileVerb(c, path, name, rpc, step, depth + (rounds ? 1 : 0), saved);
  const answer = answerScope(c, name, rpc);
  // What steps inside a script named is there when the session is judged.
  for (const [key, type] of saved) answer.set(key, type);
  const checks = compileChecks(c, path, step, rpc, name, answer);
  const save: Record<string, ReturnType<typeof celAt>> = {};
  if (isFields(step["save"])) {
    for (const [key, text] of Object.entries(step["save"])) {
      saved.push([key, checkText(c, [...path, "save", key], text, answer)]);
      save[key] = celAt(c.source, [...path, "save", key], String(text));
    }
  }
  const as = step["as"];
  if (typeof as === "string") saved.push([as, answer.get("response") ?? answer.get("responses") ?? answer.get("result") ?? "dyn"]);
  for (const [key, type] of shadowed) type === undefined ? c.scope.delete(key) : c.scope.set(key, type);
  for (const [key, type] of saved) declare(c, path, key, rounds ? { list: type } : type);
  const duration = (key: string): number | undefined => compileDuration(c, [...path, key], step[key]);
  const codes = compileCodes(c, [...path, "code"], step["code"]);
  return {
    at: c.source.at(path), verb, everyMs: duration("every") ?? defaultEveryMs, checks, save,
    ...(each === undefined ? {} : { each: { name: each.name, list: each.list } }),
    ...optional("repeat", step["repeat"]), ...optional("concurrent", step["concurrent"]),
    ...(typeof step["when"] === "string" ? { when: celAt(c.source, [...path, "when"], step["when"]) } : {}),
    ...optional("eventuallyMs", duration("eventually")), ...optional("consistentlyMs", duration("consistently")), ...optional("deadlineMs", duration("deadline")),
    ...optional("receiveLimitBytes", sizeBytes(step["receiveLimit"])), ...optional("codes", checks.length === 0 ? codes : undefined),
    ...(typeof as === "string" ? { as } : {}),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  const found: { [P in K]?: V } = {};
  if (value !== undefined) found[key] = value;
  return found;
}

function verbOf(c: Compilation, path: Path, step: Fields): string | undefined {
  const verbs: string[] = [];
  for (const key of Object.keys(step)) {
    if (modifierWords.includes(key)) continue;
    if (verbWords.includes(key) || c.schema.rpcs.has(key)) verbs.push(key);
    else c.problems.add(c.source.keyAt([...path, key]), `no verb or modifier '${key}'${didYouMean(key, [...c.schema.rpcs.keys(), ...verbWords, ...modifierWords])}`);
  }
  if (verbs.length === 1) return verbs[0];
  const known = Object.keys(step).every((key) => verbs.includes(key) || modifierWords.includes(key));
  if (known) c.problems.add(c.source.at(path), verbs.length === 0 ? "this step has no verb" : `a step has one verb, this one has ${verbs.join(" and ")}`);
  return undefined;
}

function compileEach(c: Compilation, path: Path, value: unknown): { name: string; list: unknown; type: CelType } | undefined {
  if (value === undefined) return undefined;
  const entries = isFields(value) ? Object.entries(value) : [];
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) {
    c.problems.add(c.source.at([...path, "each"]), "each is { name: \"${list}\" }");
    return undefined;
  }
  const [name, list] = entry;
  const place = [...path, "each", name];
  const type = typeof list === "string" ? textType(c, place, list, c.scope) : "dyn";
  if (typeof list !== "string") checkHoles(c, place, list, c.scope);
  return { name, list, type: typeof type === "object" && "list" in type ? type.list : "dyn" };
}

function compileVerb(c: Compilation, path: Path, name: string, rpc: RpcSchema | undefined, step: Fields, depth: number, saved: [string, CelType][]): PlanVerb {
  const input = step[name] ?? {};
  const place = [...path, name];
  c.verbs.add(name);
  if (rpc !== undefined) {
    c.rpcs.add(name);
    checkMessage(c, place, input, { message: rpc.requestType }, "", c.scope);
    return { kind: "rpc", name, input };
  }
  if (name === "check") {
    const texts = textsAt(c, place, input);
    for (const { path: at, text } of texts) checkText(c, at, text.source, c.scope);
    return { kind: "check", name, that: texts.map(({ text }) => text) };
  }
  if (name === "steps") return { kind: "group", name, steps: compileGroup(c, place, input, depth, saved) };
  if (name === "parallel") return { kind: "parallel", name, branches: compileBranches(c, place, input, depth, saved) };
  const nested: PlanStep[][] = [];
  const lifted = liftSteps(c, place, input, { depth: depth + 1, nested, saved, keys: stepKeys(name) });
  checkVerbInput(c, place, name, lifted);
  return { kind: "harness", name, input: lifted, ...(nested.length === 0 ? {} : { nested }) };
}

interface Lifting {
  readonly depth: number;
  readonly nested: PlanStep[][];
  readonly saved: [string, CelType][];
  /** Keys that hold steps here. */
  readonly keys: readonly string[];
}

/** Compiles the steps inside a verb and its scripts, and leaves their number in their place: they are rendered when their turn comes. */
function liftSteps(c: Compilation, place: Path, value: unknown, lifting: Lifting): unknown {
  if (Array.isArray(value)) return value.map((item: unknown, at) => liftSteps(c, [...place, at], item, lifting));
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => {
    if (!lifting.keys.includes(key)) return [key, liftSteps(c, [...place, key], inner, { ...lifting, keys: key === "script" ? ["steps"] : lifting.keys })];
    lifting.nested.push(compileGroup(c, [...place, key], inner, lifting.depth, lifting.saved));
    return [key, BigInt(lifting.nested.length - 1)];
  }));
}

/** Steps whose names are seen behind the step around them. */
function compileGroup(c: Compilation, place: Path, input: unknown, depth: number, saved: [string, CelType][]): PlanStep[] {
  const before = new Map(c.scope);
  const steps = compileSteps(c, place, input, depth);
  for (const [key, type] of c.scope) if (!before.has(key)) { c.scope.delete(key); c.takenAt.delete(key); saved.push([key, type]); }
  return steps;
}

function compileBranches(c: Compilation, place: Path, input: unknown, depth: number, saved: [string, CelType][]): PlanBranch[] {
  if (!isFields(input)) {
    c.problems.add(c.source.at(place), "parallel is { name: [steps], … }");
    return [];
  }
  const outer = new Map(c.scope);
  return Object.entries(input).map(([name, body]) => {
    const until = isFields(body) ? body["until"] : undefined;
    if (typeof until === "string" && !(until in input)) c.problems.add(c.source.at([...place, name, "until"]), `no branch ${until}${didYouMean(until, Object.keys(input))}`);
    const steps = compileSteps(c, isFields(body) ? [...place, name, "steps"] : [...place, name], isFields(body) ? body["steps"] : body, depth + 1);
    // What a branch names is seen after the step, not by its siblings.
    for (const [key, type] of c.scope) if (!outer.has(key)) { c.scope.delete(key); c.takenAt.delete(key); saved.push([key, until === undefined ? type : { list: type }]); }
    return { name, steps, ...(typeof until === "string" ? { until } : {}) };
  });
}

function answerScope(c: Compilation, name: string, rpc: RpcSchema | undefined): Map<string, CelType> {
  const scope = new Map(c.scope);
  scope.set("code", "code").set("error", { object: "error", fields: { message: "string", code: "code" } }).set("elapsed", "duration").set("started", "int").set("ended", "int");
  if (rpc?.serverStream === true) scope.set("responses", { list: { message: rpc.responseType } });
  else if (rpc !== undefined) scope.set("response", { message: rpc.responseType });
  else if (harnessVerbs.includes(name)) scope.set("result", resultType(name));
  return scope;
}

/** Claims a name for a value; says so when it is taken. */
export function declare(c: Compilation, path: Path, name: string, type: CelType): void {
  const line = c.takenAt.get(name);
  if (!/^[a-z][A-Za-z0-9]*$/.test(name)) c.problems.add(c.source.at(path), `the name '${name}' is not [a-z][A-Za-z0-9]*`);
  else if (line !== undefined) c.problems.add(c.source.at(path), `the name '${name}' is taken since line ${line}`);
  else if (c.scope.has(name)) c.problems.add(c.source.at(path), `the name '${name}' is taken`);
  c.takenAt.set(name, c.source.at(path).line);
  c.scope.set(name, type);
}

/** Milliseconds of a duration that may come from a written axis. */
export function compileDuration(c: Compilation, path: Path, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const settled = settle(c.matrix, value);
  const ms = durationMs(settled);
  if (ms === undefined) c.problems.add(c.source.at(path), `a duration such as 200ms, 2s or 5m is wanted, got ${String(settled)}`);
  return ms;
}

function compileCodes(c: Compilation, path: Path, value: unknown): string[] | undefined {
  if (value === undefined) return undefined;
  const settled = settle(c.matrix, value);
  const names: unknown[] = Array.isArray(settled) ? settled : [settled];
  const known = [...grpcCodes, "error", "any"];
  for (const name of names) if (!known.includes(String(name))) c.problems.add(c.source.at(path), `no code ${String(name)}${didYouMean(String(name), known)}`);
  return names.map(String);
}

function compileChecks(c: Compilation, path: Path, step: Fields, rpc: RpcSchema | undefined, verb: string, scope: Map<string, CelType>): PlanCheck[] {
  const list = step["checks"];
  const own = ["expect", "that", "covers"].some((key) => step[key] !== undefined);
  if (list !== undefined && (own || step["code"] !== undefined)) c.problems.add(c.source.keyAt([...path, "checks"]), "a check is written on the step or under checks, never both");
  if (Array.isArray(list)) {
    return list.flatMap((item: unknown, index) => {
      const place = [...path, "checks", index];
      if (!isFields(item)) return [];
      for (const key of Object.keys(item)) if (!checkKeys.some((known) => known === key)) c.problems.add(c.source.keyAt([...place, key]), `a check has no key '${key}'${didYouMean(key, checkKeys)}`);
      if (item["covers"] === undefined) c.problems.add(c.source.at(place), "a check says what it covers");
      return compileCheck(c, place, item, rpc, verb, scope);
    });
  }
  if (step["covers"] === undefined) {
    // Set-up may still say what it needs to be true.
    if (own) return [{ ...compileCheck(c, path, step, rpc, verb, scope), covers: [] }].map((check) => ({ ...check, level: "MUST" as const }));
    return [];
  }
  return [compileCheck(c, path, step, rpc, verb, scope)];
}

function compileCheck(c: Compilation, path: Path, check: Fields, rpc: RpcSchema | undefined, verb: string, scope: Map<string, CelType>): PlanCheck {
  const codes = compileCodes(c, [...path, "code"], check["code"]);
  const that = textsAt(c, [...path, "that"], check["that"]);
  for (const { path: at } of that) checkText(c, at, valueAt(check["that"], at), scope);
  if (check["expect"] !== undefined) checkExpect(c, [...path, "expect"], check["expect"], codes, rpc, verb, scope);
  const { covers, level } = compileCovers(c, [...path, "covers"], check["covers"]);
  const compiled: PlanCheck = {
    that: that.map(({ text }) => text), covers, level, at: c.source.at(path),
    ...(typeof check["about"] === "string" ? { about: check["about"] } : {}), ...optional("codes", codes), ...("expect" in check ? { expect: check["expect"] } : {}),
  };
  if (covers.length > 0) c.checks.push(compiled);
  return compiled;
}

function valueAt(value: unknown, path: Path): unknown {
  const last = path.at(-1);
  return Array.isArray(value) && typeof last === "number" ? value[last] : value;
}

function checkExpect(c: Compilation, path: Path, expect: unknown, codes: string[] | undefined, rpc: RpcSchema | undefined, verb: string, scope: Map<string, CelType>): void {
  const refused = codes?.some((code) => code !== "OK") === true;
  if (refused || rpc?.serverStream === true || verb === "check" || verb === "steps" || verb === "parallel") {
    c.problems.add(c.source.keyAt(path), "there is no message to expect from: use that");
    return;
  }
  if (rpc === undefined) checkHoles(c, path, expect, scope);
  else checkValue(c, path, expect, { message: rpc.responseType }, "", scope);
}
