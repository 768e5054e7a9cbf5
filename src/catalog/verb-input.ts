/** Checks what a step gives to a harness verb, and types what it answers, by the verb's own schema. */
import { didYouMean } from "../cel/did-you-mean.ts";
import type { CelType, Scope } from "../cel/types.ts";
import type { FieldSchema, VerbSchema } from "../steps/step.ts";
import { verbs } from "../steps/verbs.ts";
import type { Path } from "../yaml/document.ts";
import { checkHoles, checkMessage, checkValue } from "./check-values.ts";
import type { Context } from "./check-values.ts";
import { durationMs, isFields } from "./source.ts";

/** What a check of one step's input needs; `rpcs` collects the calls that the verb makes. */
export interface VerbContext extends Context {
  readonly alone: boolean;
  readonly scope: Scope;
  readonly rpcs: Set<string>;
}

/** Names of the harness verbs; `check` is a structure of the language. */
export const harnessVerbs: readonly string[] = Object.keys(verbs).filter((name) => name !== "check");

/** The CEL type that a schema writes as `list<map<string, int>>`. */
function celTypeOf(text: string, name: string, keys?: Readonly<Record<string, FieldSchema>>): CelType {
  const list = /^list<(.*)>$/.exec(text);
  if (list !== null) return { list: celTypeOf(list[1] ?? "dyn", name, keys) };
  if (keys !== undefined) return { object: name, fields: fieldTypes(keys) };
  const map = /^map<string, (.*)>$/.exec(text);
  if (map !== null) return { map: celTypeOf(map[1] ?? "dyn", name) };
  switch (text) {
    case "int": case "string": case "bool": case "bytes": case "double": case "duration": return text;
    default: return /^[A-Z]/.test(text) ? { message: text } : "dyn";
  }
}

function fieldTypes(fields: Readonly<Record<string, FieldSchema>>): Record<string, CelType> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, celTypeOf(field.type, name, field.keys)]));
}

/** The type of `result`: what the schema says, or dyn where the verb cannot know. */
export function resultType(name: string): CelType {
  const result = verbs[name]?.result ?? {};
  const whole = result[""];
  if (whole !== undefined) return celTypeOf(whole.type, name);
  return "*" in result || Object.keys(result).length === 0 ? "dyn" : { object: `the result of ${name}`, fields: fieldTypes(result) };
}

/** Input keys of the verb that hold steps. */
export function stepKeys(name: string): string[] {
  return Object.entries(verbs[name]?.input ?? {}).filter(([, field]) => field.type === "steps").map(([key]) => key);
}

/** Features that steps with these verbs want. */
export function featuresOf(names: readonly string[]): string[] {
  return names.flatMap((name) => verbs[name]?.needs ?? []);
}

/** Checks the input of a harness verb. */
export function checkVerbInput(c: VerbContext, place: Path, name: string, input: unknown): void {
  const schema = verbs[name];
  if (schema === undefined) return;
  for (const rpc of schema.rpcs) c.rpcs.add(rpc);
  checkAlone(c, place, schema, input);
  if (!isFields(input)) {
    c.problems.add(c.source.at(place), `${name} takes a mapping`);
    return;
  }
  checkOneOf(c, place, schema, input);
  checkFields(c, place, name, schema.input, input);
}

function checkAlone(c: VerbContext, place: Path, schema: VerbSchema, input: unknown): void {
  const { demandsAlone, name } = schema;
  const wants = typeof demandsAlone === "boolean" ? demandsAlone : isFields(input) && demandsAlone.some((key) => key in input);
  if (wants && !c.alone) c.problems.add(c.source.keyAt(place), `${name} changes the whole node: say alone: <why>`);
}

function checkOneOf(c: VerbContext, place: Path, { name, oneOf }: VerbSchema, input: Readonly<Record<string, unknown>>): void {
  if (oneOf === undefined) return;
  const given = oneOf.filter((key) => key in input);
  if (given.length !== 1) c.problems.add(c.source.at(place), `${name} takes exactly one of ${oneOf.join(", ")}${given.length === 0 ? "" : `, this one has ${given.join(" and ")}`}`);
}

function checkFields(c: VerbContext, place: Path, name: string, fields: Readonly<Record<string, FieldSchema>>, input: Readonly<Record<string, unknown>>): void {
  for (const [key, field] of Object.entries(fields)) if (field.required === true && !(key in input)) c.problems.add(c.source.at(place), `${name} wants ${key}: ${field.about}`);
  for (const [key, value] of Object.entries(input)) {
    const field = fields[key];
    if (field === undefined) c.problems.add(c.source.keyAt([...place, key]), `${name} has no key '${key}'${didYouMean(key, Object.keys(fields))}`);
    else checkField(c, [...place, key], key, field, value);
  }
}

function checkField(c: VerbContext, place: Path, key: string, field: FieldSchema, value: unknown): void {
  const literal = typeof value === "string" && !value.includes("${");
  if (field.message !== undefined) {
    const rpc = c.schema.rpcs.get(key);
    if (rpc !== undefined) c.rpcs.add(key);
    checkMessage(c, place, value, { message: field.message }, "", c.scope);
  } else if (field.keys !== undefined && isFields(value)) checkFields(c, place, key, field.keys, value);
  else if (field.duration === true && literal) {
    if (durationMs(value) === undefined) c.problems.add(c.source.at(place), `a duration such as 200ms, 2s or 5m is wanted, got ${value}`);
  } else if (field.values !== undefined && literal && !field.values.includes(value)) c.problems.add(c.source.at(place), `${key} is one of ${field.values.join(", ")}, not ${value}${didYouMean(value, field.values)}`);
  else if (field.type === "dyn") checkHoles(c, place, value, c.scope);
  else checkValue(c, place, value, celTypeOf(field.type, key), key, c.scope);
}
