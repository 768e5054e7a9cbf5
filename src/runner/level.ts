import { isBreach } from "../model/level.ts";
import type { CaseResult, Level } from "../model/verdict.ts";

/** With `--level should` a broken SHOULD fails the case too, with `--level may` a broken MAY. */
export function applyLevel(result: CaseResult, level: Level): CaseResult {
  if (result.verdict !== "warned" && result.verdict !== "passed") return result;
  const broken = result.checks.filter((check) => check.ok === false);
  if (broken.length === 0) return result;
  const fails = broken.some((check) => isBreach(check, level));
  return fails ? { ...result, verdict: "failed", reason: result.reason ?? broken[0]?.message ?? "a check was broken" } : result;
}
