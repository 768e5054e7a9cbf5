import type { TestCase, TestSuite } from "junit-report-builder";
import type { RunEvent, RunInfo } from "../model/event.ts";
import type { CaseResult } from "../model/verdict.ts";
import { newJunitBuilder } from "./junit-builder.ts";
import type { Reporter, WriteText } from "./reporter.ts";
import { explain, printable } from "./text.ts";

export interface JunitOptions {
  /** Lines of the runtime's own log while a case ran. */
  readonly runtimeLog?: (result: CaseResult) => readonly string[];
}

const skippedVerdicts: ReadonlySet<string> = new Set(["waived", "unsupported", "not-applicable", "blocked"]);

/** JUnit XML: a testsuite for each suite, a testcase for each case. */
export function junitReporter(write: WriteText, options: JunitOptions = {}): Reporter {
  const report = newJunitBuilder().name("criteria");
  const suites = new Map<string, TestSuite>();
  let run: RunInfo | undefined;
  const reasons: string[] = [];
  const suiteOf = (name: string): TestSuite => {
    const known = suites.get(name);
    if (known !== undefined) return known;
    const made = report.testSuite().name(name);
    if (run !== undefined) describeRun(made, run);
    suites.set(name, made);
    return made;
  };
  return {
    name: "junit",
    onEvent(event: RunEvent) {
      if (event.type === "run-started") run = event.run;
      if (event.type === "case-ended") reasons.push(...addCase(suiteOf(event.result.suite), event.result, run, options));
    },
    close: () => { write(withSkipMessages(report.build(), reasons)); },
  };
}

function describeRun(suite: TestSuite, run: RunInfo): void {
  const host = Object.entries(run.host).map(([key, value]) => [`host.${key}`, String(value)] as const);
  const facts: readonly (readonly [string, string])[] = [
    ["runtime.name", run.runtimeName], ["runtime.version", run.runtimeVersion], ["runtime.handler", run.handler], ["api", run.api],
    ["contract", run.contract], ["profile", run.profile], ["endpoint", run.endpoint], ["criteria.version", run.criteriaVersion], ["run", run.runId], ...host,
  ];
  for (const [name, value] of facts) if (value !== "") suite.property(name, printable(value));
}

/** Gives the reason of the skip, for the message that the builder cannot write. */
function addCase(suite: TestSuite, result: CaseResult, run: RunInfo | undefined, options: JunitOptions): string[] {
  const item = suite.testCase().className(result.suite).name(result.id).file(result.file).time(Number((result.durationMs / 1000).toFixed(6)));
  for (const requirement of result.requirements) item.property("requirement", requirement);
  item.property("level", result.level).property("verdict", result.verdict).property("line", String(result.line));
  if (run !== undefined) item.property("contract", run.contract).property("runtime", `${run.runtimeName} ${run.runtimeVersion}`);
  if (result.reason !== undefined) item.property("reason", printable(result.reason));
  if (result.draft !== undefined) item.property("draft", printable(result.draft));
  if (result.robustness) item.property("robustness", "true");
  return mark(item, result, options);
}

function mark(item: TestCase, result: CaseResult, options: JunitOptions): string[] {
  const reason = printable(result.reason ?? result.verdict);
  const uncounted = result.draft !== undefined || (result.invariant === true && result.verdict === "not-run");
  if (uncounted || skippedVerdicts.has(result.verdict)) {
    if (uncounted && result.verdict === "passed") return [];
    item.skipped().standardOutput(`${result.verdict}: ${reason}`);
    return [`${result.verdict}: ${reason}`];
  }
  const log = options.runtimeLog?.(result) ?? [];
  if (result.verdict === "failed" || result.verdict === "unexpected-pass") {
    item.failure(firstLine(reason), result.verdict).stacktrace(printable(explain(result)));
    if (log.length > 0) item.standardError(printable(log.join("\n")));
  } else if (result.verdict === "broken" || result.verdict === "not-run") {
    item.error(firstLine(reason), result.verdict, printable(explain(result)));
    if (log.length > 0) item.standardError(printable(log.join("\n")));
  } else if (result.verdict === "warned") {
    item.standardOutput(printable(explain(result)));
  }
  return [];
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}

/**
 * The builder writes `<skipped/>` without a message, and most viewers show nothing else of a skipped case: the
 * reasons are put in afterwards, in the order in which the suites stand.
 */
function withSkipMessages(xml: string, reasons: readonly string[]): string {
  const known = new Set(reasons);
  return xml.replace(/<skipped\/>(\s*)<system-out>\s*(?:<!\[CDATA\[)?([\s\S]*?)(?:\]\]>)?\s*<\/system-out>/g, (whole, space: string, text: string) => {
    const reason = known.has(text.trim()) ? text.trim() : unescaped(text.trim());
    if (!known.has(reason)) return whole;
    return whole.replace(`<skipped/>${space}`, `<skipped message="${attribute(reason)}"/>${space}`);
  });
}

function unescaped(text: string): string {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&");
}

function attribute(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;").replace(/\n/g, "&#10;");
}
