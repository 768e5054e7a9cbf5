/**
 * The JSON Schema of suite files, for editors: built from the proto and from the verbs, so that it cannot drift from
 * what the loader takes. What needs types, names or levels stays with the loader.
 */
import { criSchema } from "../cri/schema.ts";
import type { CriSchema, FieldSchema } from "../cri/schema.ts";
import { grpcCodes } from "../model/grpc-code.ts";
import type { FieldSchema as VerbField, VerbSchema } from "../steps/step.ts";
import { verbs } from "../steps/verbs.ts";
import type { checkKeys } from "./vocabulary.ts";
import { fixtureKeys, fixtureStates } from "./vocabulary.ts";
import { measureKeys } from "./workload-vocabulary.ts";

/** A JSON Schema or a part of one. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

const ref = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });
const text: JsonSchema = { type: "string" };
const bool: JsonSchema = { type: "boolean" };
const list = (items: JsonSchema): JsonSchema => ({ type: "array", items });
const orHole = (...schemas: readonly JsonSchema[]): JsonSchema => ({ anyOf: [...schemas, ref("hole")] });
const object = (properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema => ({
  type: "object", properties, additionalProperties: false, ...(required.length === 0 ? {} : { required }),
});
const mapping = (items: JsonSchema | true = true): JsonSchema => ({ type: "object", additionalProperties: items });
const described = (schema: JsonSchema, description: string): JsonSchema => ({ description, ...schema });

/** The schema of a suite file. */
export function suiteSchema(): JsonSchema {
  const schema = criSchema("v1");
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "A suite of criteria",
    ...object({ suite: text, about: text, cases: list(ref("case")), invariants: list(ref("invariant")), workloads: list(ref("workload")) }, ["suite", "about"]),
    $defs: { ...words(), ...fixtures(), step: stepOf(schema), workloadStep: workloadStepOf(schema), ...messages(schema) },
  };
}

/** The schema as it is written to its file: one definition a line, so that a change is seen where it was made. */
export function suiteSchemaText(): string {
  const { $defs, ...rest } = suiteSchema();
  const lines = Object.entries($defs ?? {}).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  const head = Object.entries(rest).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  return `{\n${head.join("\n")}\n  "$defs": {\n${lines.join(",\n")}\n  }\n}\n`;
}

function words(): Record<string, JsonSchema> {
  const cel = { type: ["string", "boolean"], description: "CEL" };
  const matrix = mapping({ anyOf: [{ type: "array" }, { type: "object" }, ref("hole")] });
  const needs = { anyOf: [text, list(text)] };
  const given = ref("given");
  const steps = list(ref("step"));
  const count = { type: "integer", minimum: 1 };
  return {
    // Nothing at all is absent, as null is.
    hole: { anyOf: [{ type: "string", pattern: "^\\$\\{[^]*\\}$" }, { type: "null" }] },
    id: { type: "string", pattern: "^[a-z0-9-]+(\\.[a-z0-9-]+){1,3}$" },
    duration: orHole({ type: "string", pattern: "^\\d+(\\.\\d+)?(ms|s|m|h)$" }),
    cel,
    cels: { anyOf: [cel, list(cel)] },
    code: orHole({ enum: [...grpcCodes, "error", "any"] }, list({ enum: [...grpcCodes, "error", "any"] })),
    covers: { anyOf: [text, { ...list(text), minItems: 1, maxItems: 3 }] },
    check: object({ ...checkProperties(), covers: ref("covers") }, ["covers"]),
    case: object({ id: ref("id"), about: text, needs, matrix, where: ref("cel"), before: given, given, steps, alone: { anyOf: [text, object({ because: text, group: text }, ["because", "group"])] }, draft: text, deadline: ref("duration"), api: { enum: ["v1", "v1alpha2"] } }, ["id", "about", "steps"]),
    invariant: object({ id: ref("id"), about: text, of: { anyOf: [text, mapping(text)] }, key: { anyOf: [ref("cel"), mapping(ref("cel"))] }, when: ref("cel"), that: ref("cels"), covers: ref("covers"), needs }, ["id", "about", "of", "that", "covers"]),
    rate: { type: "string", pattern: "^\\d+(\\.\\d+)?/(s|m)$" },
    phase: object({
      rate: ref("rate"), spacing: { enum: ["even", "poisson"] }, inFlight: count, workers: count, iterations: count, for: ref("duration"), warmUp: bool,
      burst: count, steps: list(count), density: list({ type: "integer", minimum: 0 }),
    }),
    workload: object(
      {
        id: ref("id"), about: text, needs, matrix, given, iteration: object({ given, steps: list(ref("workloadStep")) }, ["steps"]),
        mix: list(object({ workload: ref("id"), rate: ref("rate") }, ["workload", "rate"])),
        phases: { ...list(ref("phase")), minItems: 1 }, budget: list(object({ about: text, that: ref("cel") }, ["about", "that"])),
      },
      ["id", "about", "phases"],
    ),
  };
}

function checkProperties(): Record<(typeof checkKeys)[number], JsonSchema> {
  return { code: ref("code"), expect: {}, that: ref("cels"), about: text, covers: ref("covers") };
}

const fixtureValues: Readonly<Record<string, JsonSchema>> = {
  handler: text, from: { anyOf: [text, list(text)] }, run: orHole(list(text)), names: orHole(list(text)), auth: orHole({ anyOf: [bool, { enum: ["basic", "token"] }] }), platforms: orHole(list(text)), revisions: orHole({ type: "integer", minimum: 1 }), tmpfs: orHole(bool), shared: orHole(bool),
  mounts: orHole(list(text)), files: orHole(mapping()), links: orHole(mapping(text)), layers: orHole(object({ count: orHole({ type: "integer" }), size: {} })), count: orHole({ type: "integer", minimum: 0 }),
};

/** One definition a kind of fixture, and `given` over them: alone under its kind, several under the plural. */
function fixtures(): Record<string, JsonSchema> {
  const found: Record<string, JsonSchema> = {};
  const given: Record<string, JsonSchema> = {};
  for (const [kind, keys] of Object.entries(fixtureKeys)) {
    const values: Record<string, JsonSchema> = {};
    for (const key of keys) values[key] = fixtureValues[key] ?? {};
    if (kind === "pod" || kind === "container") values["config"] = orHole(ref(kind === "pod" ? "PodSandboxConfig" : "ContainerConfig"));
    if ("state" in values) values["state"] = orHole({ enum: stateOf(kind) });
    const body = object(values);
    found[`fixture.${kind}`] = { anyOf: [body, { type: "null" }, ...(kind === "pod" ? [{ const: "shared" }] : [])] };
    given[kind] = ref(`fixture.${kind}`);
    given[`${kind}s`] = mapping(ref(`fixture.${kind}`));
  }
  return { ...found, given: object(given) };
}

function stateOf(kind: string): readonly string[] {
  return Object.entries(fixtureStates).find(([name]) => name === kind)?.[1] ?? [];
}

/** All verbs and modifiers side by side: that a step has one verb is the loader's to say, in better words than `oneOf`. */
function stepOf(schema: CriSchema): JsonSchema {
  const rpcs = [...schema.rpcs.values()].map((rpc) => [rpc.name, orHole(ref(rpc.requestType))] as const);
  const harness = Object.values(verbs).filter((verb) => verb.name !== "check").map((verb) => [verb.name, verbInput(verb)] as const);
  const steps = list(ref("step"));
  const count = orHole({ type: "integer", minimum: 0 });
  return object({
    ...Object.fromEntries(rpcs), ...Object.fromEntries(harness),
    check: described(ref("cels"), verbs["check"]?.about ?? ""), steps,
    parallel: mapping({ anyOf: [steps, object({ until: text, steps }, ["steps"])] }),
    each: { ...mapping(orHole(list({}))), minProperties: 1, maxProperties: 1 }, repeat: count, concurrent: count, when: ref("cel"),
    eventually: ref("duration"), consistently: ref("duration"), every: ref("duration"), deadline: ref("duration"), receiveLimit: { type: "string", pattern: "^\\d+(B|KiB|MiB|GiB)$" },
    ...checkProperties(), covers: { anyOf: [ref("covers"), ref("hole")] }, checks: { ...list(ref("check")), minItems: 1 },
    as: { type: "string", pattern: "^[a-z][A-Za-z0-9]*$" }, save: mapping(ref("cel")),
  });
}

/** Calls, and what is measured beyond them. */
function workloadStepOf(schema: CriSchema): JsonSchema {
  const rpcs = [...schema.rpcs.values()].map((rpc) => [rpc.name, orHole(ref(rpc.requestType))] as const);
  const measures = Object.entries(measureKeys).map(([name, keys]) => [name, object(Object.fromEntries(keys.map((key) => [key, {}])))] as const);
  return object({
    ...Object.fromEntries(rpcs), ...Object.fromEntries(measures), mark: text, since: text,
    series: text, measured: bool, code: ref("code"), deadline: ref("duration"), as: { type: "string", pattern: "^[a-z][A-Za-z0-9]*$" },
  });
}

function verbInput(verb: VerbSchema): JsonSchema {
  return { description: verb.about, anyOf: [verbFields(verb.input), { type: "null" }] };
}

function verbFields(fields: Readonly<Record<string, VerbField>>): JsonSchema {
  const required = Object.entries(fields).filter(([, field]) => field.required === true).map(([name]) => name);
  return object(Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, described(verbField(field), field.about)])), required);
}

function verbField(field: VerbField): JsonSchema {
  if (field.message !== undefined) return orHole(ref(field.message));
  if (field.duration === true) return { anyOf: [ref("duration")] };
  if (field.values !== undefined) return orHole({ enum: field.values });
  if (field.keys !== undefined) return orHole(verbFields(field.keys));
  return typeNamed(field.type);
}

function typeNamed(type: string): JsonSchema {
  if (type === "string" || type === "bytes") return text;
  if (type === "steps") return list(ref("step"));
  if (type === "int") return orHole({ type: "integer" });
  if (type === "bool") return orHole(bool);
  const items = /^list<(.*)>$/.exec(type)?.[1];
  if (items !== undefined) return orHole(list(typeNamed(items)));
  return type.startsWith("map<") ? orHole(mapping()) : {};
}

/** Definitions of everything that requests are made of. */
function messages(schema: CriSchema): Record<string, JsonSchema> {
  const found: Record<string, JsonSchema> = {};
  const add = (name: string): void => {
    const message = schema.messages.get(name);
    const values = schema.enums.get(name)?.values;
    if (found[name] !== undefined) return;
    if (values !== undefined) found[name] = orHole({ enum: [...values.keys()] }, { type: "integer" });
    if (message === undefined) return;
    const fields = [...message.fields.values()];
    found[name] = object(Object.fromEntries(fields.map((field) => [field.name, protoField(field)])));
    for (const field of fields) if (field.type.kind !== "scalar") add(field.type.name);
  };
  for (const rpc of schema.rpcs.values()) add(rpc.requestType);
  return found;
}

function protoField(field: FieldSchema): JsonSchema {
  const one = protoType(field);
  if (field.label === "repeated") return orHole(list(field.type.kind === "message" ? orHole(one) : one));
  if (field.label === "map") return orHole(mapping(one));
  return field.type.kind === "message" ? orHole(one) : one;
}

function protoType({ type }: FieldSchema): JsonSchema {
  if (type.kind !== "scalar") return ref(type.name);
  if (type.name === "string" || type.name === "bytes") return { type: ["string", "null"] };
  if (type.name === "bool") return orHole(bool);
  return orHole({ type: type.name === "double" || type.name === "float" ? "number" : "integer" });
}
