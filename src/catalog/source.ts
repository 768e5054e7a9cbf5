/** One YAML file: its value, and the place of every part of it. */
import { readFileSync } from "node:fs";
import { isAlias, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from "yaml";
import type { Document, Node } from "yaml";
import type { CelText, Position } from "../model/plan.ts";
import type { Problems } from "./problems.ts";

export type Path = readonly (string | number)[];
export type Fields = Readonly<Record<string, unknown>>;

export interface Source {
  /** As shown in messages: relative to the folder loaded. */
  readonly file: string;
  readonly value: unknown;
  /** Where the value at a path begins; the nearest parent that is there. */
  at(path: Path): Position;
  /** Where a character of the text at a path is written, counted from 0; where the text begins unless it is plainly on one line. */
  within(path: Path, text: string, offset: number): Position;
  /** Where the key that ends a path is written. */
  keyAt(path: Path): Position;
}

/** Reads a file. Whatever the parser complains of, warnings too, becomes a problem. */
export function readSource(absolute: string, file: string, problems: Problems): Source {
  return sourceOf(readFileSync(absolute, "utf8"), file, problems);
}

/** The same for a text in memory. */
export function sourceOf(text: string, file: string, problems: Problems): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { intAsBigInt: true, lineCounter: lines, prettyErrors: false, merge: false, uniqueKeys: true });
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  for (const error of [...firstOfLines(document.errors, lines), ...document.warnings]) problems.add(place(error.pos[0]), yamlMessage(error.message, text.slice(error.pos[0], error.pos[1])));
  forbidAnchors(document, place, problems);
  const at = (path: Path): Position => place(startOf(document, path));
  const within = (path: Path, value: string, offset: number): Position => place(startOf(document, path) + shift(nodeAt(document, path), text, value, offset));
  return { file, value: document.errors.length > 0 ? null : document.toJS(), at, within, keyAt: (path) => place(keyStart(document, path)) };
}

const mostErrors = 3;

/** One syntax error a line, and a few lines: what follows them is noise. */
function firstOfLines<T extends { readonly pos: readonly [number, number] }>(errors: readonly T[], lines: LineCounter): T[] {
  const byLine = new Map<number, T>();
  for (const error of errors) {
    const { line } = lines.linePos(error.pos[0]);
    if (!byLine.has(line)) byLine.set(line, error);
  }
  return [...byLine.values()].slice(0, mostErrors);
}

/** How far behind the start of its node a character stands; 0 where escapes or folds hide it. */
function shift(node: Node | undefined, text: string, value: string, offset: number): number {
  if (!isScalar(node) || !node.range) return 0;
  const quoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE" ? 1 : 0;
  const start = node.range[0] + quoted;
  return text.startsWith(value, start) ? quoted + offset : 0;
}

function yamlMessage(message: string, text: string): string {
  if (/^Unresolved tag|^Tag/i.test(message)) return `YAML reads '${text.trim() || "!"}' as a tag: quote the text`;
  return message;
}

function forbidAnchors(document: Document.Parsed, place: (offset: number) => Position, problems: Problems): void {
  visit(document, {
    Pair: (_, pair) => {
      // A bare { a: ${x} } is a mapping as key or value to YAML; an expression to nobody.
      if (isMap(pair.key)) problems.add(place(pair.key.range?.[0] ?? 0), "YAML reads '{' as a mapping: quote the text");
    },
    Node: (_, node) => {
      const offset = node.range?.[0] ?? 0;
      if (isAlias(node)) problems.add(place(offset), "aliases are not allowed: write it out");
      else if (node.anchor !== undefined && node.anchor !== "") problems.add(place(offset), "anchors are not allowed");
      else if (typeof node.tag === "string" && !node.tag.startsWith("tag:yaml.org,2002:")) problems.add(place(offset), `YAML reads '${node.tag}' as a tag: quote the text`);
    },
  });
}

function nodeAt(document: Document.Parsed, path: Path): Node | undefined {
  const found: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(found) ? found : undefined;
}

function startOf(document: Document.Parsed, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node = nodeAt(document, path.slice(0, length));
    if (node?.range) return node.range[0];
  }
  return 0;
}

function keyStart(document: Document.Parsed, path: Path): number {
  const parent = nodeAt(document, path.slice(0, -1));
  const name = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(name));
    if (pair !== undefined && isScalar(pair.key) && pair.key.range) return pair.key.range[0];
  }
  return startOf(document, path);
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
