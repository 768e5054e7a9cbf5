import type { CaseResult, Level } from "../model/verdict.ts";

const rank: Readonly<Record<Level, number>> = { MUST: 0, SHOULD: 1, MAY: 2 };

/** With `--level should` a broken SHOULD fails the case too, with `--level may` a broken MAY. */
export function applyLevel(result: CaseResult, level: Level): CaseResult {
  if (result.verdict !== "warned" && result.verdict !== "passed") return result;
  const broken = result.checks.filter((check) => check.ok === false);
  if (broken.length === 0) return result;
  const fails = broken.some((check) => rank[check.level] <= rank[level]);
  return fails ? { ...result, verdict: "failed", reason: result.reason ?? broken[0]?.message ?? "a check was broken" } : result;
}
