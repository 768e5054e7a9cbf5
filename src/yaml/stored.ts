/** Texts that were read before: to parse all suites takes longer than anything else at the start of a run. */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { documentOf, type Mark, markOf, type Reading, readingOf, readYaml, type YamlDocument } from "./document.ts";

/** By the hash of the text. Value and places are JSON of their own: most runs want few of the values, and fewer of the places. */
export type YamlStore = ReadonlyMap<string, readonly [value: string, root: string]>;

/** A scalar is twice where it begins, and one more if it is quoted. */
type StoredMark = number | { readonly at: number; readonly items: readonly StoredMark[] } | { readonly at: number; readonly entries: readonly (readonly [key: string, at: number, value: StoredMark])[] };

/** What to keep of these texts. One that cannot be kept exactly, or is no document, is left out. */
export function storeText(texts: readonly string[]): string {
  return JSON.stringify(texts.flatMap((text) => {
    const { value, complaints, root } = readingOf(text);
    const stored = [JSON.stringify(value, toJson), JSON.stringify(storedMark(root()))] as const;
    const again = complaints.length === 0 ? storedReading(stored) : undefined;
    return isDeepStrictEqual(again?.value, value) && isDeepStrictEqual(again?.root(), root()) ? [[hashOf(text), stored]] : [];
  }));
}

/** The store of such a text. Throws SyntaxError for any other. */
export function storeOf(text: string): YamlStore {
  const entries: [string, [string, string]][] = JSON.parse(text);
  return new Map(entries);
}

/** As `readYaml`, which reads what is not in the store. */
export function readStoredYaml(text: string, store: YamlStore): YamlDocument {
  const stored = store.get(hashOf(text));
  return stored === undefined ? readYaml(text) : documentOf(text, storedReading(stored));
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

function storedReading([value, root]: readonly [value: string, root: string]): Reading {
  return { value: fromJson(JSON.parse(value)), complaints: [], root: () => markFrom(JSON.parse(root)) };
}

/** Integers, which are many, are JSON's numbers; other numbers are few. */
function toJson(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : { $int: value.toString() };
  return typeof value === "number" ? { $float: String(value) } : value;
}

/** Changes what it is given: that has just been parsed, and is nobody else's. */
function fromJson(value: unknown): unknown {
  if (typeof value === "number") return BigInt(value);
  if (typeof value !== "object" || value === null) return value;
  if ("$int" in value && typeof value.$int === "string") return BigInt(value.$int);
  if ("$float" in value && typeof value.$float === "string") return Number(value.$float);
  for (const [key, item] of Object.entries(value)) {
    const own = fromJson(item);
    if (own !== item) Object.defineProperty(value, key, { value: own, writable: true, enumerable: true, configurable: true });
  }
  return value;
}

function storedMark({ start, quote, items, entries }: Mark): StoredMark {
  if (items.length > 0) return { at: start, items: items.map(storedMark) };
  if (entries.size > 0) return { at: start, entries: Array.from(entries, ([key, entry]) => [key, entry.key, storedMark(entry.value)]) };
  return 2 * start + quote;
}

function markFrom(stored: StoredMark): Mark {
  if (typeof stored === "number") return markOf(Math.floor(stored / 2), { quote: stored % 2 });
  if ("items" in stored) return markOf(stored.at, { items: stored.items.map(markFrom) });
  return markOf(stored.at, { entries: new Map(stored.entries.map(([key, at, value]) => [key, { key: at, value: markFrom(value) }])) });
}
