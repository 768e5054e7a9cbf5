/** The ways in which one field can be wrong, by its kind: nobody chooses them. */
import { isDeepStrictEqual } from "node:util";
import { isRecord } from "../cri/message.ts";
import { criSchema, type FieldSchema } from "../cri/schema.ts";
import type { Change } from "./field-path.ts";

export interface FieldChange {
  readonly name: string;
  readonly about: string;
  readonly change: Change;
}

const absurd = 2n ** 61n;
const hourNs = 3_600_000_000_000n;
const integers: ReadonlySet<string> = new Set(["int32", "int64", "uint32", "uint64", "sint32", "sint64"]);

/** Times in nanoseconds since the epoch. */
function isTime(name: string): boolean {
  return /_at$|timestamp$/.test(name);
}

/**
 * Changes of a field. `measured` says that its numbers are measurements: nobody can tell one from the next, so wrong
 * means absurd there.
 */
export function changesOf(field: FieldSchema, gone: string, measured: boolean): FieldChange[] {
  const missing: FieldChange = { name: gone, about: "is left out", change: leaveOut(field) };
  if (field.label === "repeated") return [missing, ...listChanges(field)];
  if (field.label === "map") return [missing, { name: "wrong", about: "has another value in its first entry", change: wrongEntry(field) }];
  if (field.type.kind === "message") return [missing];
  return [missing, { name: "wrong", about: wrongAbout(field, measured), change: wrong(field, measured) }, ...unitChanges(field)];
}

function leaveOut(field: FieldSchema): Change {
  return (value) => {
    if (field.label === "repeated") return Array.isArray(value) && value.length > 0 ? { value: [] } : undefined;
    if (field.label === "map") return isRecord(value) && Object.keys(value).length > 0 ? { value: {} } : undefined;
    if (field.type.kind === "message") return value === undefined || value === null ? undefined : "absent";
    const nothing = defaultOf(field);
    return value === undefined || isDeepStrictEqual(value, nothing) ? undefined : { value: nothing };
  };
}

/** What the field holds when it is not on the wire. */
function defaultOf(field: FieldSchema): unknown {
  if (field.type.kind === "enum") return [...(criSchema("v1").enums.get(field.type.name)?.values ?? [])].find(([, number]) => number === 0)?.[0];
  switch (field.type.name) {
    case "string": return "";
    case "bytes": return new Uint8Array();
    case "bool": return false;
    case "double": case "float": return 0;
    default: return 0n;
  }
}

function listChanges(field: FieldSchema): FieldChange[] {
  const changes: FieldChange[] = [
    { name: "first-lost", about: "lacks its first item", change: (value) => (Array.isArray(value) && value.length > 1 ? { value: value.slice(1) } : undefined) },
    { name: "doubled", about: "has its first item twice", change: (value) => (Array.isArray(value) && value.length > 0 ? { value: [value[0], ...value] } : undefined) },
  ];
  if (field.type.kind === "message") return changes;
  const item = wrong({ ...field, label: "single" }, false);
  return [...changes, {
    name: "wrong", about: "has another first item",
    change: (value) => {
      const changed = Array.isArray(value) && value.length > 0 ? item(value[0]) : undefined;
      return changed === undefined || changed === "absent" || !Array.isArray(value) ? undefined : { value: [changed.value, ...value.slice(1)] };
    },
  }];
}

function wrongEntry(field: FieldSchema): Change {
  const item = wrong({ ...field, label: "single" }, false);
  return (value) => {
    const [first, ...others] = isRecord(value) ? Object.entries(value) : [];
    const changed = first === undefined ? undefined : item(first[1]);
    if (first === undefined || changed === undefined || changed === "absent") return undefined;
    return { value: Object.fromEntries([[first[0], changed.value], ...others]) };
  };
}

function wrongAbout(field: FieldSchema, measured: boolean): string {
  if (field.type.kind === "enum") return "is the next value of its enum";
  if (isTime(field.name)) return "is an hour late";
  if (integers.has(field.type.name)) return measured ? "is absurdly large" : "is one more";
  return { bool: "is the opposite", bytes: "lacks its last byte", string: "is another text" }[field.type.name] ?? "is another";
}

/** An empty text and an absent time stay: filling in what is not there is mostly allowed. */
function wrong(field: FieldSchema, measured: boolean): Change {
  return (value) => {
    if (field.type.kind === "enum") return { value: nextOf(field.type.name, value) };
    if (typeof value === "string") return value === "" ? undefined : { value: `${value}-wrong` };
    if (typeof value === "boolean") return { value: !value };
    if (typeof value === "number") return { value: measured ? 1e30 : value + 1 };
    if (value instanceof Uint8Array) return value.length === 0 ? undefined : { value: value.slice(0, -1) };
    if (typeof value !== "bigint") return undefined;
    if (isTime(field.name)) return value === 0n ? undefined : { value: value + hourNs };
    return { value: measured ? absurd : value + 1n };
  };
}

function nextOf(enumName: string, value: unknown): unknown {
  const names = [...(criSchema("v1").enums.get(enumName)?.values.keys() ?? [])];
  const at = names.indexOf(String(value));
  return names[(at + 1) % Math.max(names.length, 1)] ?? value;
}

function unitChanges(field: FieldSchema): FieldChange[] {
  if (!/64$/.test(field.type.name)) return [];
  const time = isTime(field.name);
  return [{
    name: "unit", about: time ? "is in seconds" : "is in a unit a thousand times smaller",
    change: (value) => (typeof value !== "bigint" || value === 0n ? undefined : { value: time ? value / 1_000_000_000n : value * 1000n }),
  }];
}
