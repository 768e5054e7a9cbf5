/** Why a case ends before its last step. */
import type { CheckResult, Verdict } from "../model/verdict.ts";

/** Thrown through the steps of a case; caught by `runCase`. Data, not a fault. */
export class CaseEnd extends Error {
  /** Absent: the checks made so far decide. */
  readonly verdict: Verdict | undefined;
  /** True when another attempt of a poll cannot help. */
  readonly final: boolean;
  /** The broken checks of the step that ended: they have told the breach already, each under its own rule. */
  readonly told: readonly CheckResult[];

  constructor(message: string, verdict: Verdict | undefined, final = false, told: readonly CheckResult[] = []) {
    super(message);
    this.name = "CaseEnd";
    this.verdict = verdict;
    this.final = final;
    this.told = told;
  }
}
