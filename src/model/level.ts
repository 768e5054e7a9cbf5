/** What the level of a run makes of broken checks. */
import type { CheckResult, Level } from "./verdict.ts";

const rank: Readonly<Record<Level, number>> = { MUST: 0, SHOULD: 1, MAY: 2 };

/** Whether a broken check of this level fails its case in a run judged at `level`. */
export function isBreach(check: CheckResult, level: Level): boolean {
  return rank[check.level] <= rank[level];
}
