/** Which cases a word of the command line means. */
import { globMatches } from "../model/glob.ts";
import { baseOf } from "../model/plan.ts";
import type { CaseName } from "./compile-case.ts";

export interface Selectable {
  readonly id: string;
  readonly suite: string;
}

/** A glob on the id, the id without its axes or without the last of them, or the suite and what is below it. */
export function selects(pattern: string, item: Selectable): boolean {
  const glob = withoutEnding(pattern);
  return item.id.startsWith(`${glob}/`) || [item.id, baseOf(item.id), item.suite, baseOf(item.suite)].some((name) => globMatches(glob, name));
}

/** What is asked for; an empty list asks for everything. */
export interface Wish {
  readonly patterns?: readonly string[] | undefined;
  readonly only?: readonly string[] | undefined;
}

/** Whether a cell may be asked for, before it is known what its discovered axes are: false says that it is not. */
export function mayBeAsked({ patterns = [], only = [] }: Wish, name: CaseName): boolean {
  return [patterns, only].every((list) => list.length === 0 || list.some((pattern) => mayMean(pattern, name)));
}

/** False where no cell of that name can fit a pattern: they differ before its first `*` or `?`. */
export function mayMean(pattern: string, { baseId, suite }: Pick<CaseName, "baseId" | "suite">): boolean {
  const start = withoutEnding(pattern).split(/[*?]/, 1)[0] ?? "";
  return [baseId, suite].some((name) => name.startsWith(start) || start.startsWith(`${name}/`));
}

function withoutEnding(pattern: string): string {
  return pattern.replace(/\.yaml$/, "");
}
