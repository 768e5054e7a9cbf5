/** Why a case ends before its last step. */
import type { Verdict } from "../model/verdict.ts";

/** Thrown through the steps of a case; caught by `runCase`. Data, not a fault. */
export class CaseEnd extends Error {
  /** Absent: the checks made so far decide. */
  readonly verdict: Verdict | undefined;
  /** True when another attempt of a poll cannot help. */
  readonly final: boolean;
  /** True when a check of the step that ended has told the breach already, under its own rule. */
  readonly judged: boolean;

  constructor(message: string, verdict: Verdict | undefined, final = false, judged = false) {
    super(message);
    this.name = "CaseEnd";
    this.verdict = verdict;
    this.final = final;
    this.judged = judged;
  }
}
