import { deflateRawSync, inflateRawSync } from "node:zlib";
import { longestPlain } from "../model/event.ts";

/**
 * Events as JSON. Three kinds of value have no JSON of their own and are written as one-key objects:
 * an integer beyond a double's `{"$int":"9007199254740993"}` (every bigint), bytes `{"$bytes":"<base64>"}`, or `$packed`, base64 of raw
 * deflate, where they are more than 32 KiB, and `undefined` in a list `{"$undefined":true}`. Live values are written as they were when recorded.
 * A line beyond 32 KiB keeps its first words (`n`, `type`, `case`, `rpc`) and holds itself, whole, in `$deflated`: base64 of raw deflate.
 */

/** One line of the log, without its line break. */
export function encodeLine(value: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(toJson(value, 0));
  if (text.length <= longestPlain) return text;
  const { n, type, case: id, rpc } = value;
  return JSON.stringify({ n, type, case: id, rpc, $deflated: packed(Buffer.from(text)) });
}

/** The value of a line. */
export function decodeLine(line: string): unknown {
  // A reviver is slow, and most lines have nothing for it.
  if (!line.includes('{"$') && !line.includes('"$deflated":')) return JSON.parse(line);
  const value: unknown = JSON.parse(line, (_key, item: unknown) => revive(item));
  if (typeof value !== "object" || value === null || !("$deflated" in value) || typeof value.$deflated !== "string") return value;
  return decodeLine(unpacked(value.$deflated).toString());
}

function packed(bytes: Uint8Array): string {
  return deflateRawSync(bytes, { level: 1 }).toString("base64");
}

function unpacked(text: string): Buffer {
  return inflateRawSync(Buffer.from(text, "base64"));
}
const deepest = 64;

/** A value as JSON knows it: itself where all in it is so already, as it mostly is, else a copy. */
function toJson(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return { $int: value.toString() };
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  if (value instanceof Uint8Array) return value.length > longestPlain ? { $packed: packed(value) } : { $bytes: Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64") };
  if (depth > deepest) return "(nested too deep)";
  if (Array.isArray(value)) return listToJson(value, depth);
  if (value instanceof Map) return toJson(Object.fromEntries(Array.from(value, ([key, item]) => [String(key), item])), depth);
  if (value instanceof Set) return toJson([...value], depth);
  if (value instanceof Error) return { name: value.name, message: value.message };
  return recordToJson(value, depth);
}

function listToJson(list: readonly unknown[], depth: number): unknown {
  const items = list.map((item: unknown) => (item === undefined ? { $undefined: true } : toJson(item, depth + 1)));
  return items.some((item, index) => item !== list[index]) ? items : list;
}

function recordToJson(value: object, depth: number): unknown {
  const entries = Object.entries(value);
  let record: Record<string, unknown> | undefined;
  for (const [key, item] of entries) {
    const json = toJson(item, depth + 1);
    if (json === item) continue;
    // What is set twice stays where it was.
    record ??= Object.fromEntries(entries);
    set(record, key, json);
  }
  return record ?? (typeof Reflect.get(value, "toJSON") === "function" ? Object.fromEntries(entries) : value);
}

/** A label may be called `__proto__`. */
function set(record: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(record, key, { value, enumerable: true });
  else record[key] = value;
}

function revive(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  const [key, item] = entries.length === 1 ? (entries[0] ?? []) : [];
  if (key === "$int" && typeof item === "string") return BigInt(item);
  if (key === "$bytes" && typeof item === "string") return new Uint8Array(Buffer.from(item, "base64"));
  if (key === "$packed" && typeof item === "string") return new Uint8Array(unpacked(item));
  if (key === "$undefined") return undefined;
  return value;
}
