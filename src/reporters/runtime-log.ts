/**
 * Finds the lines that a runtime wrote while a case ran. Understood are the times of containerd and CRI-O
 * (`time="RFC 3339"`), of journald's short-iso, and of klog; a line without a time belongs to the one before it.
 */
import type { CaseResult } from "../model/verdict.ts";

export interface LogWindow {
  /** Epoch milliseconds of the run's start: case times count from there. */
  readonly runStartedMs: number;
  /** A runtime writes a little late, and its clock has no millisecond. */
  readonly slackMs: number;
  readonly maxLines: number;
}

/** The lines of `text` within the case's time, the last `maxLines` of them. */
export function logLinesOf(text: string, result: CaseResult, window: LogWindow): string[] {
  const from = window.runStartedMs + result.startedMs - window.slackMs;
  const to = window.runStartedMs + result.startedMs + result.durationMs + window.slackMs;
  const year = new Date(window.runStartedMs).getFullYear();
  const found: string[] = [];
  let inside = false;
  for (const line of text.split("\n")) {
    const at = timeOf(line, year);
    if (at !== undefined) inside = at >= from && at <= to;
    if (inside && line !== "") found.push(line);
  }
  return found.slice(-window.maxLines);
}

function timeOf(line: string, year: number): number | undefined {
  const iso = /(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)/.exec(line.slice(0, 120))?.[1];
  if (iso !== undefined) return numberOr(Date.parse(iso.replace(" ", "T").replace(",", ".").replace(/(\.\d{3})\d+/, "$1")));
  const klog = /^[IWEF](\d\d)(\d\d) (\d\d:\d\d:\d\d\.\d{3})/.exec(line);
  if (klog === null) return undefined;
  return numberOr(Date.parse(`${year}-${klog[1] ?? ""}-${klog[2] ?? ""}T${klog[3] ?? ""}`));
}

function numberOr(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
