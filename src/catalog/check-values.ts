/** Checks values (YAML that may hold `${CEL}`) against the types that the proto wants. */
import { CelError } from "../cel/errors.ts";
import { checkCel } from "../cel/check.ts";
import { didYouMean } from "../cel/did-you-mean.ts";
import { partsOf } from "../cel/template.ts";
import { fieldsOf, typeName } from "../cel/types.ts";
import type { CelType, Scope } from "../cel/types.ts";
import type { CriSchema } from "../cri/schema.ts";
import type { Path } from "../yaml/document.ts";
import type { Problems } from "./problems.ts";
import { celAt, isFields } from "./source.ts";
import type { Fields, Source } from "./source.ts";

/** What every check of one file needs. */
export interface Context {
  readonly source: Source;
  readonly schema: CriSchema;
  readonly problems: Problems;
}

/** Type-checks one CEL text; problems are placed at its column where the text is on one line. */
export function checkText(context: Context, path: Path, text: unknown, scope: Scope): CelType {
  return checkPart(context, path, text, scope, text, 0);
}

/** The same for a text that stands at an offset of the `whole` string at the path. */
function checkPart(context: Context, path: Path, text: unknown, scope: Scope, whole: unknown, offset: number): CelType {
  if (typeof text !== "string") {
    // A bare `{ that: ${x} }` is a mapping to YAML.
    if (text !== null && text !== undefined && typeof text !== "boolean") context.problems.add(context.source.at(path), "a CEL text is wanted here: quote it");
    return "dyn";
  }
  const checked = checkCel(text, scope, context.schema);
  for (const problem of checked.problems) context.problems.add(context.source.within(path, String(whole), offset + problem.column - 1), problem.message);
  return checked.type;
}

/** Checks every `${…}` of a value of unknown type. */
export function checkHoles(context: Context, path: Path, value: unknown, scope: Scope): void {
  if (typeof value === "string") textType(context, path, value, scope);
  else if (Array.isArray(value)) value.forEach((item, index) => checkHoles(context, [...path, index], item, scope));
  else if (isFields(value)) for (const [key, item] of Object.entries(value)) checkHoles(context, [...path, key], item, scope);
}

/** The type of a string value: of the expression when it is one `${…}` alone, else string. */
export function textType(context: Context, path: Path, text: string, scope: Scope): CelType {
  if (!text.includes("${")) return "string";
  try {
    const parts = partsOf(text);
    const types = parts.map((part) => (typeof part === "string" ? "string" : checkPart(context, path, part.source, scope, text, part.offset)));
    return parts.length === 1 && types[0] !== undefined ? types[0] : "string";
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    context.problems.add(context.source.at(path), error.message);
    return "dyn";
  }
}

/** Checks a value for a field of the given type; `name` is the field in messages. */
export function checkValue(context: Context, path: Path, value: unknown, type: CelType, name: string, scope: Scope): void {
  if (value === null || value === undefined) return;
  if (typeof value === "string" && value.includes("${")) {
    checkRendered(context, path, value, type, name, scope);
    return;
  }
  if (typeof type === "string") checkScalar(context, path, value, type, name, scope);
  else if ("enum" in type) checkEnum(context, path, value, type.enum, name);
  else if ("list" in type) {
    if (!Array.isArray(value)) wants(context, path, name, "a list", value);
    else value.forEach((item, index) => checkValue(context, [...path, index], item, type.list, `${name}[${index}]`, scope));
  } else if ("map" in type) {
    if (!isFields(value)) wants(context, path, name, "a mapping", value);
    else for (const [key, item] of Object.entries(value)) checkValue(context, [...path, key], item, type.map, `${name}.${key}`, scope);
  } else checkMessage(context, path, value, type, name, scope);
}

/** Checks a mapping against the fields of a message. */
export function checkMessage(context: Context, path: Path, value: unknown, type: CelType, name: string, scope: Scope): void {
  const fields = fieldsOf(type, context.schema);
  if (!isFields(value)) {
    const example = fields === undefined ? "" : `: write { ${[...fields.keys()][0] ?? ""}: ${shown(value)} }`;
    context.problems.add(context.source.at(path), `${name} is a message, ${typeName(type)}${example}`);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    const field = fields?.get(key);
    if (field !== undefined) checkValue(context, [...path, key], item, field, name === "" ? key : `${name}.${key}`, scope);
    else if (fields !== undefined) context.problems.add(context.source.keyAt([...path, key]), `${typeName(type)} has no field '${key}'${didYouMean(key, fields.keys())}`);
  }
}

function checkRendered(context: Context, path: Path, text: string, type: CelType, name: string, scope: Scope): void {
  const got = textType(context, path, text, scope);
  if (got === "dyn" || type === "dyn" || fits(got, type)) return;
  const id = typeof got === "object" && "object" in got && "id" in got.fields ? `. Did you mean ${text.replace(/\}$/, ".id}")}?` : "";
  const article = typeof got === "object" && "object" in got ? "a " : "";
  context.problems.add(context.source.at(path), `${lastPart(name)} wants ${wanted(type)}, got ${article}${typeName(got)}${id}`);
}

function fits(got: CelType, type: CelType): boolean {
  if (JSON.stringify(got) === JSON.stringify(type)) return true;
  if (typeof got === "string" && typeof type === "string") return got === "null" || (got === "string" && type === "bytes") || (got === "bytes" && type === "string") || (got === "code" && type === "string") || (got === "int" && type === "double");
  if (typeof type === "object" && "enum" in type) return got === "string" || got === "int";
  // Maps are how CEL writes messages; items of dyn lists are known only when they are there.
  if (typeof got === "object" && "map" in got) return typeof type === "object" && !("list" in type) && !("enum" in type);
  if (typeof got === "object" && "list" in got && typeof type === "object" && "list" in type) return got.list === "dyn" || fits(got.list, type.list);
  return false;
}

function checkScalar(context: Context, path: Path, value: unknown, type: string, name: string, scope: Scope): void {
  if (type === "int" && typeof value !== "bigint") {
    const unit = typeof value === "string" && /^\d+[a-zA-Z]+$/.test(value) ? ": request fields take no unit" : "";
    context.problems.add(context.source.at(path), `${lastPart(name)} wants an integer, got ${shown(value)}${unit}`);
  } else if ((type === "string" || type === "bytes") && typeof value !== "string") {
    const quote = typeof value === "object" ? "" : ": quote it";
    context.problems.add(context.source.at(path), `${lastPart(name)} wants ${type === "string" ? "a string" : "bytes"}, got ${shown(value)}${quote}`);
  } else if (type === "bool" && typeof value !== "boolean") wants(context, path, name, "true or false", value);
  else if (type === "dyn") checkHoles(context, path, value, scope);
}

function checkEnum(context: Context, path: Path, value: unknown, name: string, field: string): void {
  const values = context.schema.enums.get(name)?.values;
  if (typeof value === "bigint" || values === undefined) return;
  if (typeof value !== "string") wants(context, path, field, `a value of ${name}`, value);
  else if (!values.has(value)) context.problems.add(context.source.at(path), `${name} has no value ${value}${didYouMean(value, values.keys())}`);
}

function wants(context: Context, path: Path, name: string, what: string, value: unknown): void {
  context.problems.add(context.source.at(path), `${lastPart(name)} wants ${what}, got ${shown(value)}`);
}

function wanted(type: CelType): string {
  if (type === "int") return "an integer";
  return typeof type === "string" && type !== "bytes" ? `a ${type}` : typeName(type);
}

function lastPart(name: string): string {
  return name.split(".").at(-1) ?? name;
}

function shown(value: unknown): string {
  if (typeof value === "string") return /^[A-Z_]+$/.test(value) ? value : JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "a mapping" : String(value);
}

/** The texts of a `that`: one or a list. */
export function textsAt(context: Context, path: Path, value: unknown): { path: Path; text: ReturnType<typeof celAt> }[] {
  if (value === undefined) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item, index) => {
    const place = Array.isArray(value) ? [...path, index] : path;
    return { path: place, text: celAt(context.source, place, typeof item === "string" ? item : String(item)) };
  });
}

/** Refuses keys that are not known. */
export function checkKeys(context: Context, path: Path, value: Fields, known: readonly string[], what: string): void {
  for (const key of Object.keys(value)) if (!known.includes(key)) context.problems.add(context.source.keyAt([...path, key]), `${what} has no key '${key}'${didYouMean(key, known)}`);
}

/** Complains of an id that is none. */
export function checkId(context: Context, path: Path, value: Fields): void {
  const id = value["id"];
  if (typeof id !== "string" || !/^[a-z0-9-]+(\.[a-z0-9-]+){1,3}$/.test(id)) context.problems.add(context.source.at([...path, "id"]), "an id is two to four parts of [a-z0-9-]+ with dots between");
}

/** Complains where nobody said what the thing is about. */
export function checkAbout(context: Context, path: Path, value: Fields, what: string): void {
  const about = value["about"];
  if (typeof about !== "string" || about.trim() === "") context.problems.add(context.source.at(path), `${what} has an about`);
}
