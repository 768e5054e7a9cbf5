/** What CEL values are in JavaScript: how they compare, how they are shown, how ours become cel-js's. */
import { Duration } from "@marcbachmann/cel-js/evaluator";
import { isDecoded } from "../cri/convert.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** True for plain objects, which stand for messages and maps alike. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Duration) && !(value instanceof Date);
}

/** A duration as CEL sees it. */
export function celDuration(ms: number): Duration {
  const seconds = Math.floor(ms / 1000);
  return new Duration(BigInt(seconds), Math.min(999_999_999, Math.round((ms - seconds * 1000) * 1e6)));
}

/** The length of a duration in nanoseconds. */
export function nanosOf(duration: Duration): bigint {
  return BigInt(duration.seconds) * 1_000_000_000n + BigInt(duration.nanos);
}

/**
 * Ours to cel-js's: it takes plain Uint8Array only (no Buffer), and integers as bigint. Copies, because a live
 * value must stay as it was when it was judged. A decoded message is as cel-js wants it and never changes: it passes as it is.
 */
export function toCel(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Duration || value instanceof Date || isDecoded(value)) return value;
  if (value instanceof Uint8Array) return plainBytes(value);
  if (Array.isArray(value)) return value.map(toCel);
  if (value instanceof Map) return toCel(Object.fromEntries(value));
  const prototype: unknown = Object.getPrototypeOf(value);
  // Values of cel-js itself (types, optionals) pass as they are.
  if (typeof prototype === "object" && prototype !== null && prototype.constructor.name === "Optional") return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined && typeof item !== "function") copy[key] = toCel(item);
  return copy;
}

function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Equality as CEL has it: numbers by value whatever their kind, bytes and messages by content. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNumber(a) && isNumber(b)) return a == b;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array) return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Duration || b instanceof Duration) return a instanceof Duration && b instanceof Duration && nanosOf(a) === nanosOf(b);
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => deepEqual(item, b[i]));
  }
  if (!isFields(a) || !isFields(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key], b[key]));
}

function isNumber(value: unknown): value is bigint | number {
  return typeof value === "bigint" || typeof value === "number";
}

/** Negative, zero or positive; throws for values without an order. */
export function compareValues(a: unknown, b: unknown): number {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof Duration && b instanceof Duration) return compareValues(nanosOf(a), nanosOf(b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  throw new TypeError(`${showValue(a)} and ${showValue(b)} have no order`);
}

const shownLength = 400;

/** A value as a person would write it; long ones are cut, and no more of them is written than is shown. */
export function showValue(value: unknown): string {
  let text = "";
  for (const part of shown(value)) {
    text += part;
    if (text.length > shownLength) return `${text.slice(0, shownLength)}…${sizeOf(value)}`;
  }
  return text;
}

function sizeOf(value: unknown): string {
  if (Array.isArray(value)) return ` (${value.length} items)`;
  return typeof value === "string" ? ` (${value.length} characters)` : "";
}

function* shown(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) yield showPlain(value);
  else if (value instanceof Uint8Array) yield showBytes(value);
  else if (value instanceof Duration) yield showDuration(nanosOf(value));
  else if (value instanceof Date) yield value.toISOString();
  else if (Array.isArray(value)) yield* enclosed("[", value, (item) => shown(item), "]");
  else yield* enclosed("{", Object.entries(value), shownField, "}");
}

function showPlain(value: unknown): string {
  if (value === undefined) return "absent";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

function* shownField([key, item]: readonly [string, unknown]): Generator<string> {
  yield `${key}: `;
  yield* shown(item);
}

function* enclosed<T>(open: string, items: readonly T[], each: (item: T) => Generator<string>, close: string): Generator<string> {
  yield open;
  for (const [index, item] of items.entries()) {
    if (index > 0) yield ", ";
    yield* each(item);
  }
  yield close;
}

function showBytes(bytes: Uint8Array): string {
  const start = Array.from(bytes.subarray(0, 40), (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  return bytes.length > 40 ? `b'${start}…' (${bytes.length} bytes)` : `b'${start}'`;
}

function showDuration(nanos: bigint): string {
  const ms = Number(nanos) / 1e6;
  return Math.abs(ms) >= 1000 ? `${Number((ms / 1000).toFixed(6))}s` : `${Number(ms.toFixed(6))}ms`;
}
