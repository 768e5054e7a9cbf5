import type { CaseResult, CheckResult, Level } from "../model/verdict.ts";

const rank: Readonly<Record<Level, number>> = { MUST: 0, SHOULD: 1, MAY: 2 };

/** Whether a broken check of this level fails its case in a run judged at `level`. */
export function isBreach(check: CheckResult, level: Level): boolean {
  return rank[check.level] <= rank[level];
}

/** With `--level should` a broken SHOULD fails the case too, with `--level may` a broken MAY. */
export function applyLevel(result: CaseResult, level: Level): CaseResult {
  if (result.verdict !== "warned" && result.verdict !== "passed") return result;
  const broken = result.checks.filter((check) => check.ok === false);
  if (broken.length === 0) return result;
  const fails = broken.some((check) => isBreach(check, level));
  return fails ? { ...result, verdict: "failed", reason: result.reason ?? broken[0]?.message ?? "a check was broken" } : result;
}
