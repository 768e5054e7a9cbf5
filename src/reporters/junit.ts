import type { TestCase, TestSuite } from "junit-report-builder";
import type { RunEvent, RunInfo } from "../model/event.ts";
import type { CaseResult } from "../model/verdict.ts";
import { newJunitBuilder, skipWithMessage } from "./junit-builder.ts";
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
      if (event.type === "case-ended") addCase(suiteOf(event.result.suite), event.result, run, options);
    },
    close: () => { write(report.build()); },
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

function addCase(suite: TestSuite, result: CaseResult, run: RunInfo | undefined, options: JunitOptions): void {
  const item = suite.testCase().className(result.suite).name(result.id).file(result.file).time(Number((result.durationMs / 1000).toFixed(6)));
  for (const requirement of result.requirements) item.property("requirement", requirement);
  item.property("level", result.level).property("verdict", result.verdict).property("line", String(result.line));
  if (run !== undefined) item.property("contract", run.contract).property("runtime", `${run.runtimeName} ${run.runtimeVersion}`);
  if (result.reason !== undefined) item.property("reason", printable(result.reason));
  if (result.draft !== undefined) item.property("draft", printable(result.draft));
  if (result.robustness) item.property("robustness", "true");
  mark(item, result, options);
}

function mark(item: TestCase, result: CaseResult, options: JunitOptions): void {
  const reason = printable(result.reason ?? result.verdict);
  const uncounted = result.draft !== undefined || (result.invariant === true && result.verdict === "not-run");
  if (uncounted || skippedVerdicts.has(result.verdict)) {
    if (uncounted && result.verdict === "passed") return;
    // In both places: most viewers show nothing but the message, some nothing but the output.
    skipWithMessage(item, `${result.verdict}: ${reason}`).standardOutput(content(`${result.verdict}: ${reason}`));
    return;
  }
  const log = options.runtimeLog?.(result) ?? [];
  if (result.verdict === "failed" || result.verdict === "unexpected-pass") {
    item.failure(firstLine(reason), result.verdict).stacktrace(content(explain(result)));
    if (log.length > 0) item.standardError(content(log.join("\n")));
  } else if (result.verdict === "broken" || result.verdict === "not-run") {
    item.error(firstLine(reason), result.verdict, content(explain(result)));
    if (log.length > 0) item.standardError(content(log.join("\n")));
  } else if (result.verdict === "warned") {
    item.standardOutput(content(explain(result)));
  }
}

/** Text for a CDATA section: the builder breaks up the first end of a section in it, and no more. */
function content(text: string): string {
  return printable(text).replaceAll("]]>", "]] >");
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
