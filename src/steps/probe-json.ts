/** JSON as the suites see it: whole numbers are bigint of any size, null is no key. */
import { randomUUID } from "node:crypto";

const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Parses JSON without losing the size of an integer. Throws SyntaxError. */
export function parseExactJson(text: string): unknown {
  JSON.parse(text);
  const mark = `int:${randomUUID()}:`;
  const marked = text.replaceAll(token, (found) => (/^-?\d+$/.test(found) ? JSON.stringify(mark + found) : found));
  return JSON.parse(marked, (_key, value: unknown) => {
    if (value === null) {
      return undefined;
    }
    return typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value;
  });
}
