/** The functions that suites have beyond CEL's own, under the names of cel-go and Kubernetes where they exist. */
import type { Environment } from "@marcbachmann/cel-js";
import type { Duration } from "@marcbachmann/cel-js/evaluator";
import { RE2JS } from "re2js";
import { compareValues, deepEqual, isFields, nanosOf, toCel } from "./values.ts";

const semver = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;
const patternPeriod = 251;

class Base64Namespace {
  readonly name = "base64";
}

/** What stands in the place of `matches`; of the same length, so that columns stay right. */
export const linearMatches = "rematch";

/** The signatures of the same functions for the typed environment are in `typed.ts`. */
export function registerFunctions(env: Environment): void {
  env.registerType("Base64Namespace", Base64Namespace);
  env.registerConstant("base64", "Base64Namespace", new Base64Namespace());
  env.registerFunction("Base64Namespace.decode(string): bytes", (_: unknown, text: string) => new Uint8Array(Buffer.from(text, "base64")));
  env.registerFunction("Base64Namespace.encode(bytes): string", (_: unknown, bytes: Uint8Array) => Buffer.from(bytes).toString("base64"));
  env.registerFunction("list<dyn>.flatten(): list<dyn>", (list: unknown[]) => list.flat());
  env.registerFunction("list<dyn>.distinct(): list<dyn>", distinct);
  env.registerFunction("list<dyn>.isSorted(): bool", (list: unknown[]) => list.every((item, i) => i === 0 || compareValues(list[i - 1], item) <= 0));
  env.registerFunction("list<dyn>.sum(): dyn", sum);
  env.registerFunction("list<dyn>.min(): dyn", (list: unknown[]) => extreme(list, -1));
  env.registerFunction("list<dyn>.max(): dyn", (list: unknown[]) => extreme(list, 1));
  env.registerFunction("sameItems(list<dyn>, list<dyn>): bool", (a: unknown[], b: unknown[]) => a.length === b.length && unmatched(a, b).length === 0);
  env.registerFunction("gaps(list<dyn>, int, int): list<dyn>", gaps);
  env.registerFunction("merge(dyn, dyn): dyn", merge);
  env.registerFunction("nanos(google.protobuf.Duration): int", (duration: Duration) => nanosOf(duration));
  env.registerFunction("pattern(int): bytes", pattern);
  env.registerFunction("json(string): dyn", (text: string) => toCel(JSON.parse(text)));
  env.registerFunction("json(bytes): dyn", (bytes: Uint8Array) => toCel(JSON.parse(Buffer.from(bytes).toString("utf8"))));
  env.registerFunction("isIP(string): bool", (text: string) => isIp(text));
  env.registerFunction("isURL(string): bool", (text: string) => URL.canParse(text));
  env.registerFunction("isSemver(string): bool", (text: string) => semver.test(text));
  env.registerFunction(`string.${linearMatches}(string): bool`, (text: string, re: string) => compiled(re).matcher(text).find());
  env.registerConstant("KiB", "int", 1024n);
  env.registerConstant("MiB", "int", 1024n ** 2n);
  env.registerConstant("GiB", "int", 1024n ** 3n);
}

const regexes = new Map<string, RE2JS>();
const mostRegexes = 1000;

/** Polls and lists match the same pattern over and over, and compiling it costs more than that. */
function compiled(re: string): RE2JS {
  const known = regexes.get(re);
  if (known !== undefined) return known;
  const made = RE2JS.compile(re);
  // A pattern may hold a value, and a long run has many of these.
  if (regexes.size >= mostRegexes) regexes.clear();
  regexes.set(re, made);
  return made;
}

/** The items of `a` that have no partner in `b`; each item of `b` is a partner once. */
export function unmatched(a: readonly unknown[], b: readonly unknown[]): unknown[] {
  const rest = [...b];
  return a.filter((item) => {
    const at = rest.findIndex((other) => deepEqual(item, other));
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

/** Lays `over` over `base`: maps key by key, lists and scalars whole, `null` takes a key out. */
export function merge(base: unknown, over: unknown): unknown {
  if (!isFields(over)) return over;
  const merged: Record<string, unknown> = isFields(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

/** The probe's first `count` bytes: byte i is i mod 251. */
export function pattern(count: bigint): Uint8Array {
  const bytes = new Uint8Array(Number(count));
  const first = Math.min(bytes.length, patternPeriod);
  for (let i = 0; i < first; i++) bytes[i] = i;
  // Doubles what is there, whole periods at a time: byte by byte, megabytes take seconds.
  for (let filled = first; filled < bytes.length; filled *= 2) bytes.copyWithin(filled, 0, Math.min(filled, bytes.length - filled));
  return bytes;
}

const ipv4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

function isIp(text: string): boolean {
  return ipv4.test(text) || (/^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/.test(text) && URL.canParse(`http://[${text}]/`));
}

function distinct(list: unknown[]): unknown[] {
  // Strings are the usual case, and long lists of them must not cost n².
  if (list.every((item) => typeof item === "string" || typeof item === "bigint")) return [...new Set(list)];
  return list.filter((item, i) => list.findIndex((other) => deepEqual(item, other)) === i);
}

function sum(list: unknown[]): unknown {
  const [first] = list;
  if (first === undefined) return 0n;
  if (list.every((item) => typeof item === "bigint")) return list.reduce((a, b) => a + b, 0n);
  return list.reduce<number>((a, b) => a + Number(b), 0);
}

function extreme(list: unknown[], sign: number): unknown {
  if (list.length === 0) throw new TypeError("an empty list has no smallest or greatest item");
  return list.reduce((best, item) => (compareValues(item, best) * sign > 0 ? item : best));
}

function gaps(list: unknown[], from: bigint, to: bigint): unknown[] {
  const seen = new Map<bigint, number>();
  for (const item of list) if (typeof item === "bigint") seen.set(item, (seen.get(item) ?? 0) + 1);
  const wrong: bigint[] = [];
  for (let i = from; i < to; i++) if (seen.get(i) !== 1) wrong.push(i);
  return wrong;
}
