import { writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HarnessError, messageOf } from "../model/errors.ts";
import type { RunEvent } from "../model/event.ts";
import type { CaseResult } from "../model/verdict.ts";
import { htmlReporter } from "../reporters/html.ts";
import { junitReporter } from "../reporters/junit.ts";
import { combineReporters, type Reporter } from "../reporters/reporter.ts";
import { resultsReporter } from "../reporters/results.ts";
import { logLinesOf } from "../reporters/runtime-log.ts";
import { readEventLog } from "../runner/event-log.ts";

/** Names for `--reporter`. */
export const reportNames = ["junit", "results", "html"] as const;
const fileByName: Readonly<Record<string, string>> = { junit: "junit.xml", results: "results.json", html: "report.html" };

export const eventLogName = "events.ndjson";
/** Evidence that no report reads. */
const unread: ReadonlySet<RunEvent["type"]> = new Set(["binding", "check", "observation"]);

export interface ReportOptions {
  readonly names: readonly string[];
  /** The log file of the runtime under test. */
  readonly runtimeLog?: string;
  readonly onFault: (name: string, thrown: unknown) => void;
}

/** Makes the reports of a run folder from its event log alone; gives their paths. */
export async function makeReports(folder: string, options: ReportOptions): Promise<string[]> {
  const files = options.names.map((name) => join(folder, fileByName[name] ?? name));
  const clock = { runStartedMs: undefined as number | undefined };
  const log = options.runtimeLog === undefined ? undefined : runtimeLogFinder(options.runtimeLog, clock);
  const reporter = combineReporters(options.names.map((name, index) => reporterOf(name, files[index] ?? "", log)), options.onFault);
  for await (const event of readEventLog(join(folder, eventLogName), unread)) {
    noteClock(event, clock);
    reporter.onEvent(event);
  }
  reporter.close();
  return files;
}

type LogFinder = (result: CaseResult) => readonly string[];

function reporterOf(name: string, file: string, runtimeLog: LogFinder | undefined): Reporter {
  const write = (text: string): void => { writeFileSync(file, text); };
  switch (name) {
    case "junit": return junitReporter(write, runtimeLog === undefined ? {} : { runtimeLog });
    case "results": return resultsReporter(write);
    case "html": return htmlReporter(write);
    default: throw new HarnessError("USAGE", `there is no reporter '${name}'`, { hint: `Choose among ${reportNames.join(", ")}.` });
  }
}

/** The wall clock at the run's start, learnt from the first call. */
export function noteClock(event: RunEvent, clock: { runStartedMs: number | undefined }): void {
  if (event.type === "call") clock.runStartedMs ??= event.wallMs - event.startedMs;
}

/** Finds a failing case's lines in the runtime's log. The file is read anew each time: it grows while the run goes on. */
export function runtimeLogFinder(file: string, clock: { readonly runStartedMs: number | undefined }): LogFinder {
  return (result) => {
    const { runStartedMs } = clock;
    if (runStartedMs === undefined) return [];
    try {
      return logLinesOf(readFileSync(file, "utf8"), result, { runStartedMs, slackMs: 250, maxLines: 40 });
    } catch (thrown) {
      return [`(the runtime's log could not be read: ${messageOf(thrown)})`];
    }
  };
}
