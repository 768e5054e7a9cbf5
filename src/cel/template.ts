/** Values with `${CEL}` in them. */
import { CelError } from "./errors.ts";
import { evaluate } from "./evaluate.ts";
import { isFields, showValue } from "./values.ts";

export interface Hole {
  readonly source: string;
  /** Offset of the CEL text within the string. */
  readonly offset: number;
}

export type Part = string | Hole;

/** Texts of suites come again and again. */
const known = new Map<string, readonly Part[]>();

/** Splits a string at its `${…}`; `$${` stands for `${`. Throws CelError for one that does not end. */
export function partsOf(text: string): readonly Part[] {
  const parts = known.get(text) ?? split(text);
  known.set(text, parts);
  return parts;
}

function split(text: string): Part[] {
  const parts: Part[] = [];
  let literal = "";
  let i = 0;
  while (i < text.length) {
    if (text.startsWith("$${", i)) {
      literal += "${";
      i += 3;
    } else if (text.startsWith("${", i)) {
      const end = endOfHole(text, i + 2);
      if (literal !== "") parts.push(literal);
      literal = "";
      parts.push({ source: text.slice(i + 2, end), offset: i + 2 });
      i = end + 1;
    } else {
      literal += text[i] ?? "";
      i++;
    }
  }
  if (literal !== "" || parts.length === 0) parts.push(literal);
  return parts;
}

function endOfHole(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const char = text[i] ?? "";
    if (char === "'" || char === '"') i = endOfQuote(text, i);
    else if (char === "{") depth++;
    else if (char === "}" && depth-- === 0) return i;
  }
  throw new CelError("'${' has no '}'", text, start - 1);
}

/** The index of the last character of the quoted text that begins at `start`. */
function endOfQuote(text: string, start: number): number {
  const char = text[start] ?? "";
  const quote = text.startsWith(char.repeat(3), start) ? char.repeat(3) : char;
  const raw = /(^|[^A-Za-z0-9_])([rR][bB]?|[bB][rR])$/.test(text.slice(Math.max(0, start - 3), start));
  for (let i = start + quote.length; i < text.length; i++) {
    if (!raw && text[i] === "\\") i++;
    else if (text.startsWith(quote, i)) return i + quote.length - 1;
  }
  throw new CelError(`the quote ${quote} has no end`, text, start + 1);
}

/** Fills in every `${…}`. One that is the whole string keeps its type. Throws CelError. */
export function renderTemplate(template: unknown, bindings: Readonly<Record<string, unknown>>): unknown {
  if (typeof template === "string") return renderText(template, bindings);
  if (Array.isArray(template)) return template.map((item) => renderTemplate(item, bindings));
  if (!isFields(template)) return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, renderTemplate(value, bindings)]));
}

function renderText(text: string, bindings: Readonly<Record<string, unknown>>): unknown {
  if (!text.includes("${")) return text;
  const parts = partsOf(text);
  const [only] = parts;
  if (parts.length === 1 && typeof only === "object") return evaluate(only.source, bindings);
  return parts.map((part) => (typeof part === "string" ? part : textOf(evaluate(part.source, bindings), part, text))).join("");
}

function textOf(value: unknown, hole: Hole, text: string): string {
  if (typeof value === "string" || typeof value === "bigint" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new CelError(`only a string, a number or a bool can be put inside a text, got ${showValue(value)}`, text, hole.offset + 1);
}
