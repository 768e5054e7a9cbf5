/** Tables under suites/parity: what another judge checks, or what is known to have gone wrong, and the cases that answer for it. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { didYouMean } from "../cel/did-you-mean.ts";
import { globMatches } from "../model/glob.ts";
import type { Position } from "../model/plan.ts";
import { baseOf, placeOf } from "../model/plan.ts";
import type { Catalog } from "./load.ts";
import { Problems } from "./problems.ts";
import { isFields, readSource } from "./source.ts";
import type { Fields, Source } from "./source.ts";

export interface ParityEntry {
  readonly id: string;
  /** Cases or invariants: ids without axes, or with them. */
  readonly cases: readonly string[];
  /** Why no case can answer. */
  readonly reason?: string;
  /** Where the other judge is weak. */
  readonly weak?: string;
  /** How ours is not. */
  readonly ours?: string;
  /** Waiver files, without `.yaml`, of runtimes that fail it. */
  readonly red: readonly string[];
  readonly at: Position;
}

export interface ParityTable {
  readonly name: string;
  readonly entries: readonly ParityEntry[];
}

const entryKeys = ["id", "about", "cases", "reason", "weak", "ours", "red"];

/** Reads one table. */
export function readParity(source: Source, problems: Problems): ParityTable {
  const name = basename(source.file, ".yaml");
  const root = source.value;
  const list: unknown = isFields(root) ? root["entries"] : undefined;
  if (!Array.isArray(list)) {
    problems.add(source.at([]), "a table of parity has about and entries");
    return { name, entries: [] };
  }
  return { name, entries: list.flatMap((item: unknown, index) => entryOf(item, source.at(["entries", index]), problems)) };
}

function entryOf(item: unknown, at: Position, problems: Problems): ParityEntry[] {
  if (!isFields(item) || typeof item["id"] !== "string") {
    problems.add(at, "an entry has an id");
    return [];
  }
  for (const key of Object.keys(item)) if (!entryKeys.includes(key)) problems.add(at, `an entry has no key '${key}'${didYouMean(key, entryKeys)}`);
  const text = (key: "reason" | "weak" | "ours"): Partial<Record<"reason" | "weak" | "ours", string>> => (typeof item[key] === "string" ? { [key]: item[key] } : {});
  return [{ id: item["id"], cases: listOf(item, "cases"), red: listOf(item, "red"), ...text("reason"), ...text("weak"), ...text("ours"), at }];
}

function listOf(item: Fields, key: string): string[] {
  const value = item[key];
  const list: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.map(String);
}

/** Complaints about the tables: ids twice, unknown cases, entries without an answer, breaches that nobody waived. */
export function parityComplaints(catalog: Catalog): string[] {
  const known = new Set([...catalog.cases.flatMap(({ baseId, plan }) => [baseId, plan.id]), ...catalog.invariants.map(({ plan }) => plan.id)]);
  const waived = new Map<string, readonly string[]>();
  const waivedIn = (name: string): readonly string[] => {
    const found = waived.get(name) ?? waivedCases(catalog.dir, name);
    waived.set(name, found);
    return found;
  };
  return catalog.parity.flatMap(({ entries }) => {
    const ids = entries.map(({ id }) => id);
    return entries.flatMap((entry, index) => [
      ...(ids.indexOf(entry.id) === index ? [] : [`${entry.id} is taken`]),
      ...entry.cases.filter((id) => !known.has(id)).map((id) => `${entry.id}: there is no case ${id}${didYouMean(id, known)}`),
      ...(entry.cases.length === 0 && entry.reason === undefined ? [`${entry.id} has neither a case nor a reason`] : []),
      ...(entry.weak !== undefined && entry.ours === undefined ? [`${entry.id}: say how ours is not weak`] : []),
      ...entry.red.filter((name) => !entry.cases.some((id) => waivedIn(name).some((pattern) => fits(pattern, id)))).map((name) => `${entry.id}: no waiver of ${name} names one of its cases`),
    ].map((message) => `${placeOf(entry.at)}: ${message}`));
  });
}

/** The case patterns of a waiver file. */
function waivedCases(dir: string, name: string): string[] {
  const file = join(dir, "waivers", `${name}.yaml`);
  if (!existsSync(file)) return [];
  const { value } = readSource(file, `suites/waivers/${name}.yaml`, new Problems());
  const list: unknown = isFields(value) ? value["waivers"] : undefined;
  return Array.isArray(list) ? list.flatMap((item: unknown) => (isFields(item) ? [String(item["case"])] : [])) : [];
}

/** A waiver of one cell counts for the case that has it. */
function fits(pattern: string, id: string): boolean {
  return globMatches(pattern, id) || globMatches(baseOf(pattern), baseOf(id));
}
