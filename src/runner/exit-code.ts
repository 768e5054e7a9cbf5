import type { CaseResult, Verdict } from "../model/verdict.ts";

/** Exit codes of every command; docs/running.md has the table. */
export const exitCodes = {
  ok: 0, failed: 1, usage: 2, unreachable: 3, broken: 4, budget: 5, inconclusive: 6,
} as const;

/** Exit codes of what a signal ended, as a shell counts them. */
export const exitBySignal = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** The abort reason of an interrupt by the program itself: an error came up that nothing awaited. */
export const ownFault = "a fault of criteria";

/** Worst first: an interrupt says so, whatever else was found. */
const order: readonly number[] = [
  ...Object.values(exitBySignal), exitCodes.usage, exitCodes.unreachable, exitCodes.failed, exitCodes.broken, exitCodes.budget, exitCodes.inconclusive, exitCodes.ok,
];

const exitByVerdict: Readonly<Record<Verdict, number>> = {
  passed: 0, warned: 0, waived: 0, unsupported: 0, "not-applicable": 0, blocked: 0,
  failed: 1, "unexpected-pass": 1, broken: 4, "not-run": 4,
};

const judged: ReadonlySet<Verdict> = new Set(["passed", "warned", "failed", "waived", "unexpected-pass"]);

/** The one of several exit codes that a caller must see. */
export function worstExit(codes: readonly number[]): number {
  return order.find((code) => codes.includes(code)) ?? exitCodes.ok;
}

/** Drafts, robustness cases and invariants whose message never came are reported and never counted. */
export function counts(result: CaseResult): boolean {
  if (result.draft !== undefined || result.robustness) return false;
  return !(result.invariant === true && result.verdict === "not-run");
}

/** The exit code of what was interrupted; the abort reason is a signal's name or `ownFault`. */
export function exitByInterrupt({ reason }: AbortSignal): number {
  if (reason === ownFault) return exitCodes.broken;
  return Object.entries(exitBySignal).find(([name]) => name === reason)?.[1] ?? exitBySignal.SIGINT;
}

/**
 * The exit code of a finished run. An interrupted run always says so, whatever it had found: what it found is in
 * its reports, and a shell that loops over runs must see the interrupt.
 */
export function exitCodeOf(results: readonly CaseResult[], interrupt: AbortSignal): number {
  if (interrupt.aborted) return exitByInterrupt(interrupt);
  const codes = results.filter(counts).map((result) => exitByVerdict[result.verdict]);
  if (!results.some((result) => judged.has(result.verdict))) codes.push(exitCodes.broken);
  return worstExit(codes);
}
