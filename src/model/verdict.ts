/** How a case ended. `failed` blames the runtime, `broken` the harness, `blocked` the host. */
export const verdicts = [
  "passed", "warned", "failed", "waived", "unexpected-pass", "unsupported", "not-applicable", "blocked", "broken", "not-run",
] as const;
export type Verdict = (typeof verdicts)[number];

export type Level = "MUST" | "SHOULD" | "MAY";

/** One judgement of one answer. `void` is recorded, and is neither passed nor failed (docs/verdicts.md). */
export interface CheckResult {
  readonly covers: readonly string[];
  readonly level: Level;
  readonly ok: boolean | "void";
  readonly about?: string;
  /** `file:line:column` of the check. */
  readonly at: string;
  /** The call judged, e.g. `StopPodSandbox`, or the harness verb. */
  readonly verb: string;
  /** For a failed check: what was wanted and what was there, one line each. */
  readonly message?: string;
  /** Sequence numbers in the event log of the calls judged. */
  readonly calls: readonly number[];
}

/** The end of a case (or of an invariant over a run). */
export interface CaseResult {
  readonly id: string;
  readonly suite: string;
  readonly about: string;
  readonly file: string;
  readonly line: number;
  readonly verdict: Verdict;
  /** Why, for every verdict but `passed`. */
  readonly reason?: string;
  readonly checks: readonly CheckResult[];
  /** Every requirement that the case cites. */
  readonly requirements: readonly string[];
  readonly level: Level;
  /** Cases under suites/robustness never count against conformance. */
  readonly robustness: boolean;
  /** Set for an invariant: judged over the whole run; never judged is `not-run`, and does not count. */
  readonly invariant?: true;
  /** A draft runs and never counts. */
  readonly draft?: string;
  /** Milliseconds since the run began, monotonic, and milliseconds taken. */
  readonly startedMs: number;
  readonly durationMs: number;
  /** What could not be undone, newest first. Empty when nothing was left. */
  readonly leftovers: readonly string[];
}
