/** One YAML document: its value, and where every part of it is written. */
import { constructFromEvents, CORE_SCHEMA, defineScalarTag, EVENT_ID, type Event, intCoreTag, loadAll, NOT_RESOLVED, parseEvents, SCALAR_STYLE, YAMLException } from "js-yaml";

export type Path = readonly (string | number)[];

/** What is wrong with a text, and at which of its characters, counted from 0. */
export interface Complaint {
  readonly message: string;
  readonly offset: number;
}

/** Both counted from 1. */
export interface LinePosition {
  readonly line: number;
  readonly column: number;
}

export interface YamlDocument {
  /** Integers are bigint: a double cannot hold every nanosecond. Undefined where there are complaints, null of an empty text. */
  readonly value: unknown;
  readonly complaints: readonly Complaint[];
  /** Where the value at a path begins; the nearest parent that is there. */
  startOf(path: Path): number;
  /** Where the key that ends a path is written. */
  keyOf(path: Path): number;
  /** Where a character of the text at a path is written; where the text begins unless it is plainly on one line. */
  within(path: Path, value: string, offset: number): number;
  position(offset: number): LinePosition;
}

/** A value that is written: where it begins, and what is in it. */
export interface Mark {
  readonly start: number;
  /** 1 for a quoted text. */
  readonly quote: number;
  readonly items: readonly Mark[];
  readonly entries: ReadonlyMap<string, { readonly key: number; readonly value: Mark }>;
}

const bigints = CORE_SCHEMA.withTags(defineScalarTag<bigint>(intCoreTag.tagName, {
  implicit: true,
  implicitFirstChars: intCoreTag.implicitFirstChars,
  resolve: (source, isExplicit, tag) => (intCoreTag.resolve(source, isExplicit, tag) === NOT_RESOLVED ? NOT_RESOLVED : integer(source)),
  identify: () => false,
}));

function integer(source: string): bigint {
  const digits = BigInt(source.replace(/^[-+]/, ""));
  return source.startsWith("-") ? -digits : digits;
}

/** The value of a text that may hold whatever YAML allows, null of an empty one. Throws an Error that says where it is no YAML. */
export function yamlValue(text: string, integers: "number" | "bigint" = "number"): unknown {
  const documents = loadAll(text, { schema: integers === "bigint" ? bigints : CORE_SCHEMA });
  if (documents.length > 1) throw new Error(severalDocuments);
  return documents[0] ?? null;
}

const severalDocuments = "a file holds one document";

/**
 * Reads a text of one document. Anchors, aliases and tags are complaints: a reader of a suite should not have to look elsewhere for
 * what a line says. An empty text is null.
 */
export function readYaml(text: string): YamlDocument {
  return documentOf(text, readingOf(text));
}

/** What `readYaml` makes its document of. */
export function readingOf(text: string): Reading {
  const { events, value, complaints } = parsed(text);
  return { value, complaints, root: () => (events.length > 1 ? new Marks(events, text).read(0) : markOf(0)) };
}

/** What was read of a text. */
export interface Reading {
  readonly value: unknown;
  readonly complaints: readonly Complaint[];
  /** Asked for once, where somebody wants a place. */
  readonly root: () => Mark;
}

/** A document of which the text has been read. */
export function documentOf(text: string, { value, complaints, root: read }: Reading): YamlDocument {
  let lines: number[] | undefined;
  let root: Mark | undefined;
  const markAt = (path: Path): Mark | undefined => {
    root ??= read();
    return path.reduce<Mark | undefined>((mark, key) => (typeof key === "number" ? mark?.items[key] : mark?.entries.get(key)?.value), root);
  };
  const startOf = (path: Path): number => markAt(path)?.start ?? startOf(path.slice(0, -1));
  return {
    value, complaints, startOf,
    keyOf: (path) => markAt(path.slice(0, -1))?.entries.get(String(path.at(-1)))?.key ?? startOf(path),
    within(path, content, offset) {
      const mark = markAt(path);
      return mark !== undefined && text.startsWith(content, mark.start + mark.quote) ? mark.start + mark.quote + offset : startOf(path);
    },
    position(offset) {
      lines ??= lineStarts(text);
      return positionOf(lines, offset);
    },
  };
}

interface Parsed {
  readonly events: readonly Event[];
  readonly value: unknown;
  readonly complaints: readonly Complaint[];
}

function parsed(text: string): Parsed {
  try {
    const events = parseEvents(text, {});
    const complaints = unwanted(events, text);
    if (complaints.length > 0) return { events, value: undefined, complaints };
    return { events, value: constructFromEvents(events, { source: text, schema: bigints })[0] ?? null, complaints };
  } catch (thrown) {
    if (!(thrown instanceof YAMLException)) throw thrown;
    return { events: [], value: undefined, complaints: [inOurWords(thrown, text)] };
  }
}

function inOurWords({ reason, mark }: YAMLException, text: string): Complaint {
  const offset = mark?.position ?? 0;
  // The `{` of an expression, to which a flow collection lends another meaning.
  return { message: text.slice(offset - 1, offset + 1) === "${" ? braceIsMapping : reason, offset };
}

const braceIsMapping = "YAML reads '{' as a mapping: quote the text";

/** What YAML allows and suites do not. */
function unwanted(events: readonly Event[], text: string): Complaint[] {
  const documents = events.filter((event) => event.type === EVENT_ID.DOCUMENT).length;
  return [...(documents > 1 ? [{ message: severalDocuments, offset: 0 }] : []), ...events.flatMap((event) => {
    if (event.type === EVENT_ID.ALIAS) return [{ message: "aliases are not allowed: write it out", offset: event.anchorStart - 1 }];
    if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return [];
    if (event.anchorStart >= 0) return [{ message: "anchors are not allowed", offset: event.anchorStart - 1 }];
    return event.tagStart < 0 ? [] : [{ message: `YAML reads '${text.slice(event.tagStart, event.tagEnd)}' as a tag: quote the text`, offset: event.tagStart }];
  }), ...keysThatAreCollections(events)];
}

/** A bare `{ a: ${x} }` is a mapping as key or value to YAML; an expression to nobody. */
function keysThatAreCollections(events: readonly Event[]): Complaint[] {
  // Of each open collection: whether it is a mapping, and how many nodes it has so far.
  const open: { readonly isMapping: boolean; nodes: number }[] = [];
  return events.flatMap((event) => {
    if (event.type === EVENT_ID.POP) {
      open.pop();
      return [];
    }
    const around = open.at(-1);
    const isKey = around?.isMapping === true && around.nodes % 2 === 0;
    if (around !== undefined) around.nodes += 1;
    if (event.type === EVENT_ID.SCALAR || event.type === EVENT_ID.ALIAS) return [];
    open.push({ isMapping: event.type === EVENT_ID.MAPPING, nodes: 0 });
    return isKey && event.type !== EVENT_ID.DOCUMENT ? [{ message: braceIsMapping, offset: event.start }] : [];
  });
}

/** What is written at a place, empty unless said. */
export function markOf(start: number, { quote = 0, items = none, entries = noEntries }: Partial<Mark> = {}): Mark {
  return { start, quote, items, entries };
}

const none: Mark["items"] = [];
const noEntries: Mark["entries"] = new Map();

/** A text of several lines begins where it is announced. */
const blockMarks: ReadonlyMap<number, string> = new Map([[SCALAR_STYLE.LITERAL_BLOCK, "|"], [SCALAR_STYLE.FOLDED_BLOCK, ">"]]);

/** Reads the places of values off the events, which come in the order of the text. */
class Marks {
  readonly #events: readonly Event[];
  readonly #text: string;
  // The first tells of the document.
  #next = 1;

  constructor(events: readonly Event[], text: string) {
    this.#events = events;
    this.#text = text;
  }

  /** The value that comes next. One that is left out is where `instead` says. */
  read(instead: number): Mark {
    const event = this.#events[this.#next];
    this.#next += 1;
    switch (event?.type) {
      case EVENT_ID.SCALAR: {
        if (event.valueStart < 0) return markOf(instead);
        const mark = blockMarks.get(event.style);
        if (mark !== undefined) return markOf(this.#text.lastIndexOf(mark, event.valueStart - 1));
        const quote = event.style === SCALAR_STYLE.PLAIN ? 0 : 1;
        return markOf(event.valueStart - quote, { quote });
      }
      case EVENT_ID.SEQUENCE: return markOf(event.start, { items: this.#all(() => this.read(event.start)) });
      case EVENT_ID.MAPPING: return markOf(event.start, { entries: new Map(this.#all(() => this.#entry(event.start))) });
      default: return markOf(instead);
    }
  }

  #entry(instead: number): [string, { key: number; value: Mark }] {
    const scalar = this.#events[this.#next];
    const { start, quote } = this.read(instead);
    const end = scalar?.type === EVENT_ID.SCALAR ? scalar.valueEnd : start;
    return [this.#text.slice(start + quote, end), { key: start, value: this.read(start) }];
  }

  #all<T>(one: () => T): T[] {
    const found: T[] = [];
    while (this.#next < this.#events.length && this.#events[this.#next]?.type !== EVENT_ID.POP) found.push(one());
    this.#next += 1;
    return found;
  }
}

function lineStarts(text: string): number[] {
  return [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
}

function positionOf(starts: readonly number[], offset: number): LinePosition {
  let [low, high] = [0, starts.length];
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}
