/** A case's verdict is its worst check's. */
import { isBreach } from "../model/level.ts";
import type { CheckResult, Level, Verdict } from "../model/verdict.ts";

export interface Judged {
  readonly verdict: Verdict;
  readonly reason?: string;
}

/** The verdict of these checks when breaches of `level` and above count as failures. MAY is only reported. */
export function verdictOf(checks: readonly CheckResult[], level: Level = "MUST"): Judged {
  const broken = checks.filter((check) => check.ok === false);
  const failing = broken.find((check) => check.level !== "MAY" && isBreach(check, level));
  if (failing !== undefined) {
    return { verdict: "failed", reason: failing.message ?? "a check failed" };
  }
  const warning = broken.find((check) => check.level === "SHOULD");
  return warning === undefined ? { verdict: "passed" } : { verdict: "warned", reason: warning.message ?? "a check failed" };
}
