import type { CaseResult, Verdict } from "../model/verdict.ts";

/** Worst first: of runs that disagree the worst is shown. */
const worstFirst: readonly Verdict[] = [
  "failed", "unexpected-pass", "broken", "not-run", "warned", "waived", "blocked", "unsupported", "not-applicable", "passed",
];

/** One result for several runs of a case. Runs that disagree are reported: a verdict that changes is no verdict. */
export function mergeRepeats(runs: readonly [CaseResult, ...CaseResult[]] | readonly CaseResult[]): CaseResult {
  const worst = worstFirst.flatMap((verdict) => runs.filter((run) => run.verdict === verdict))[0];
  const first = runs[0];
  if (worst === undefined || first === undefined) throw new RangeError("no run to merge");
  if (runs.length === 1) return worst;
  const seen = runs.map((run) => run.verdict);
  const changed = new Set(seen).size > 1;
  const durationMs = runs.reduce((sum, run) => sum + run.durationMs, 0) / runs.length;
  const leftovers = runs.flatMap((run) => run.leftovers);
  const merged = { ...worst, startedMs: first.startedMs, durationMs, leftovers };
  if (!changed) return merged;
  return { ...merged, reason: `the verdict changed over ${runs.length} runs: ${seen.join(", ")}${worst.reason === undefined ? "" : ` — ${worst.reason}`}` };
}
