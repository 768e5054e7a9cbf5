/**
 * Version ranges of waivers. Runtimes write versions as they like (`v2.4.2`, `1.6.20~ds1`, `1.31.0-dev`), so only the
 * leading dotted numbers are compared. A range is comparators joined by spaces (all hold), alternatives by `||`.
 */
import { HarnessError } from "../model/errors.ts";

const comparator = /^(>=|<=|>|<|=|\^|~)?v?(\d+|x|\*)(?:\.(\d+|x|\*))?(?:\.(\d+|x|\*))?$/;

/** Whether a runtime's version lies in the range; `*` takes all. */
export function versionInRange(version: string, range: string): boolean {
  const numbers = leadingNumbers(version);
  return range.split("||").some((part) => wordsOf(part).every((word) => holds(numbers, word)));
}

/** Throws when a range cannot be read, so that a typing error does not waive nothing in silence. */
export function checkRange(range: string): void {
  const words = range.split("||").map(wordsOf);
  const wrong = words.flat().find((word) => !comparator.test(word));
  if (wrong === undefined && words.every((list) => list.length > 0)) return;
  throw new HarnessError("SUITE_INVALID", `'${range}' is no version range`, { hint: "Write it like '>=1.6 <2', '2.4.x' or '*'." });
}

function wordsOf(part: string): string[] {
  return part.replace(/(>=|<=|>|<|=|\^|~)\s+/g, "$1").trim().split(/\s+/).filter((word) => word !== "");
}

function holds(version: readonly number[], word: string): boolean {
  const match = comparator.exec(word);
  if (match === null) return false;
  const wanted = match.slice(2, 5).filter((part) => part !== undefined && part !== "x" && part !== "*").map(Number);
  const order = compare(version, wanted);
  switch (match[1]) {
    case ">=": return order >= 0;
    case "<=": return order <= 0 || startsWith(version, wanted);
    case ">": return order > 0 && !startsWith(version, wanted);
    case "<": return order < 0;
    case "^": return order >= 0 && startsWith(version, wanted.slice(0, 1));
    case "~": return order >= 0 && startsWith(version, wanted.slice(0, 2));
    default: return startsWith(version, wanted);
  }
}

function leadingNumbers(version: string): number[] {
  const match = /^v?(\d+(?:\.\d+)*)/.exec(version);
  return (match?.[1] ?? "0").split(".").map(Number);
}

function startsWith(version: readonly number[], prefix: readonly number[]): boolean {
  return prefix.every((part, index) => (version[index] ?? 0) === part);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
