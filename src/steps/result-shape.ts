/** Holds the results of verbs against what the verbs declare: suites are typed by these declarations. */
import { asRecord } from "../cri/message.ts";
import { HarnessError } from "../model/errors.ts";
import type { FieldSchema, VerbSchema } from "./step.ts";

/** Long lists are alike throughout: the first items speak for them. */
const itemsLookedAt = 5;

/** Throws HARNESS_FAULT where a result is not what the schema says. A field that is absent is none. */
export function checkResult({ name, result: fields }: VerbSchema, result: unknown): void {
  if (result === undefined) return;
  const whole = fields[""];
  const problem = whole === undefined ? fieldsProblem(fields, result, "result") : valueProblem(whole, result, "result");
  if (problem !== undefined) {
    throw new HarnessError("HARNESS_FAULT", `${name} gave a result that it does not declare: ${problem}`, { hint: "This is a fault of criteria: the schema of the verb and its code differ." });
  }
}

function fieldsProblem(fields: Readonly<Record<string, FieldSchema>>, value: unknown, place: string): string | undefined {
  const record = asRecord(value);
  if (record === undefined) return `${place} is ${kindOf(value)} instead of a mapping`;
  for (const [key, item] of Object.entries(record)) {
    const field = fields[key] ?? fields["*"];
    const problem = field === undefined ? `there is no field '${key}'` : item === undefined ? undefined : valueProblem(field, item, `${place}.${key}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function valueProblem(field: FieldSchema, value: unknown, place: string): string | undefined {
  return typeProblem(field.type, value, place, field.keys);
}

function typeProblem(type: string, value: unknown, place: string, keys?: FieldSchema["keys"]): string | undefined {
  const item = /^list<(.*)>$/.exec(type)?.[1];
  if (item !== undefined) {
    return Array.isArray(value) ? firstProblem(value.slice(0, itemsLookedAt).map((one: unknown, at) => typeProblem(item, one, `${place}[${at}]`, keys))) : wrong(place, value, type);
  }
  if (keys !== undefined) return fieldsProblem(keys, value, place);
  const inner = /^map<string, (.*)>$/.exec(type)?.[1];
  if (inner !== undefined) {
    const record = asRecord(value);
    return record === undefined ? wrong(place, value, type) : firstProblem(Object.entries(record).slice(0, itemsLookedAt).map(([key, one]) => typeProblem(inner, one, `${place}.${key}`)));
  }
  return isOf(type, value) ? undefined : wrong(place, value, type);
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case "int": return typeof value === "bigint";
    case "string": return typeof value === "string";
    case "bool": return typeof value === "boolean";
    case "double": return typeof value === "number";
    case "bytes": return value instanceof Uint8Array;
    default: return /^[A-Z]/.test(type) ? asRecord(value) !== undefined : true;
  }
}

function firstProblem(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

function wrong(place: string, value: unknown, type: string): string {
  return `${place} is ${kindOf(value)} instead of ${type}`;
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : value === null ? "null" : typeof value === "bigint" ? "an int" : value instanceof Uint8Array ? "bytes" : `a value of type ${typeof value}`;
}
