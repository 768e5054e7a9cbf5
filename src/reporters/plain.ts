import type { RunEvent } from "../model/event.ts";
import type { CaseResult } from "../model/verdict.ts";
import type { Reporter, WriteText } from "./reporter.ts";
import { countsLine, explain, printable } from "./text.ts";

export interface PlainOptions {
  readonly quiet: boolean;
  readonly paint: Paint;
  readonly runtimeLog?: (result: CaseResult) => readonly string[];
}

/** Colours, or none. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly dim: (text: string) => string;
}

/** No colours at all. */
export const unpainted: Paint = { good: String, bad: String, warn: String, dim: String };

/** Plain lines for CI: the target, one entry for each case that did not pass, and the sum. */
export function plainReporter(write: WriteText, options: PlainOptions): Reporter {
  return {
    name: "plain",
    onEvent(event) {
      const lines = linesOf(event, options);
      if (lines.length > 0) write(`${lines.join("\n")}\n`);
    },
    close() {},
  };
}

/** What is worth a line to a person. */
export function linesOf(event: RunEvent, options: PlainOptions): string[] {
  switch (event.type) {
    case "run-started": return options.quiet ? [] : [headline(event)];
    case "case-ended": return caseLines(event.result, options);
    case "undo": return event.ok || options.quiet ? [] : [options.paint.warn(`undo of ${event.case}: ${event.label}: ${printable(event.message ?? "failed")}`)];
    case "run-ended": return [summaryLine(event, options)];
    default: return [];
  }
}

function headline({ run, total }: Extract<RunEvent, { type: "run-started" }>): string {
  const handler = run.handler === "" ? "" : `, handler ${run.handler}`;
  return `${run.runtimeName} ${run.runtimeVersion} at ${run.endpoint} (${run.api}${handler}), contract ${run.contract}, ${total} cases`;
}

function caseLines(result: CaseResult, { quiet, paint, runtimeLog }: PlainOptions): string[] {
  if (result.verdict === "passed") return [];
  if (result.invariant === true && result.verdict === "not-run") return [];
  // What never began after an interrupt has nothing to tell; the sum counts it.
  if (result.verdict === "not-run" && result.checks.length === 0 && result.durationMs === 0) return [];
  const bad = ["failed", "broken", "unexpected-pass", "not-run"].includes(result.verdict);
  if (quiet && !bad) return [];
  const colour = bad ? paint.bad : result.verdict === "warned" ? paint.warn : paint.dim;
  const note = result.draft === undefined ? "" : " (draft)";
  const details = printable(explain(result)).split("\n").map((line) => `    ${line}`);
  const log = bad ? (runtimeLog?.(result) ?? []).map((line) => paint.dim(`    | ${printable(line)}`)) : [];
  return [`${colour(result.verdict.padEnd(14))} ${result.id}${note}`, ...(bad || result.verdict === "warned" ? details : [`    ${printable(result.reason ?? "")}`]), ...log];
}

function summaryLine(event: Extract<RunEvent, { type: "run-ended" }>, { paint }: PlainOptions): string {
  const text = `${event.interrupted ? "interrupted; " : ""}${countsLine(event.counts)} in ${(event.at / 1000).toFixed(1)} s (exit ${event.exitCode})`;
  return event.exitCode === 0 ? paint.good(text) : paint.bad(text);
}
