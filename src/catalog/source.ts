/** One YAML file: its value, and the place of every part of it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CelText, Position } from "../model/plan.ts";
import { readIfThere } from "../kernel/files.ts";
import type { Path } from "../yaml/document.ts";
import { readStoredYaml, storeOf, type YamlStore } from "../yaml/stored.ts";
import type { Problems } from "./problems.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface Source {
  /** As shown in messages: relative to the folder loaded. */
  readonly file: string;
  /** Undefined where the text cannot be read. */
  readonly value: unknown;
  /** Where the value at a path begins; the nearest parent that is there. */
  at(path: Path): Position;
  /** Where a character of the text at a path is written, counted from 0; where the text begins unless it is plainly on one line. */
  within(path: Path, text: string, offset: number): Position;
  /** Where the key that ends a path is written. */
  keyAt(path: Path): Position;
}

let built: YamlStore | undefined;

/** What `npm run build` has read of the suites; nothing where it was not made. */
function store(): YamlStore {
  built ??= storeOf(readIfThere(fileURLToPath(new URL("../suites.json", import.meta.url))) ?? "[]");
  return built;
}

/** Reads a file. Whatever the parser complains of becomes a problem. */
export function readSource(absolute: string, file: string, problems: Problems): Source {
  return sourceOf(readFileSync(absolute, "utf8"), file, problems);
}

/** The same for a text in memory. */
export function sourceOf(text: string, file: string, problems: Problems): Source {
  const document = readStoredYaml(text, store());
  const place = (offset: number): Position => ({ file, ...document.position(offset) });
  for (const { message, offset } of document.complaints) problems.add(place(offset), message);
  return {
    file, value: document.value,
    at: (path) => place(document.startOf(path)),
    within: (path, value, offset) => place(document.within(path, value, offset)),
    keyAt: (path) => place(document.keyOf(path)),
  };
}

/** A CEL text with its place. */
export function celAt(source: Source, path: Path, text: string): CelText {
  return { source: text, at: source.at(path) };
}

/** True for a mapping. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Milliseconds of `200ms`, `2s`, `5m`; undefined when it is none. */
export function durationMs(value: unknown): number | undefined {
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(value) : null;
  const unit = match === null ? undefined : { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] ?? ""];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}

/** Bytes of `16MiB`. */
export function sizeBytes(value: unknown): number | undefined {
  const match = typeof value === "string" ? /^(\d+)(B|KiB|MiB|GiB)$/.exec(value) : null;
  const unit = match === null ? undefined : { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[match[2] ?? ""];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}
