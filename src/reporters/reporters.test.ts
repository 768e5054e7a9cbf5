import { explain } from "./text.ts";
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { expect } from "chai";
import { describe, it } from "mocha";
import { SaxesParser } from "saxes";
import type { RunEvent } from "../model/event.ts";
import type { CaseResult, Verdict } from "../model/verdict.ts";
import { verdicts } from "../model/verdict.ts";
import { htmlReporter } from "./html.ts";
import { junitReporter } from "./junit.ts";
import { liveReporter } from "./live.ts";
import { plainReporter, unpainted } from "./plain.ts";
import { combineReporters, type Reporter, type WriteText } from "./reporter.ts";
import { resultsReporter } from "./results.ts";

function result(verdict: Verdict, extra: Partial<CaseResult> = {}): CaseResult {
  return {
    id: `case.${verdict}`, suite: "toys", about: "A <case>.", file: "toys.yaml", line: 3, verdict, ...(verdict === "passed" ? {} : { reason: `why "${verdict}" <&\u0001` }),
    checks: [{ covers: ["Toy-01"], level: "MUST", ok: verdict !== "failed", at: "toys.yaml:4:5", verb: "Version", calls: [7], ...(verdict === "failed" ? { message: "wanted 1, was 2" } : {}) }],
    requirements: ["Toy-01"], level: "MUST", robustness: false, startedMs: 10, durationMs: 1500, leftovers: [], ...extra,
  };
}

const events: readonly RunEvent[] = [
  { type: "run-started", at: 0, total: verdicts.length, run: {
    runId: "r1", criteriaVersion: "0.1.0", contract: "1.37", argv: ["run"], endpoint: "unix:///x", imageEndpoint: "unix:///x", api: "v1",
    runtimeName: "toy", runtimeVersion: "1.2.3", profile: "none", handler: "runc", host: { os: "linux" } } },
  ...verdicts.map((verdict): RunEvent => ({ type: "case-ended", at: 20, result: result(verdict) })),
  { type: "run-ended", at: 2000, exitCode: 1, interrupted: false, counts: Object.fromEntries(verdicts.map((verdict) => [verdict, 1])), harness: { cpuMs: 900, maxRssBytes: 1000 } },
];

function played(make: (write: WriteText) => Reporter, list: readonly RunEvent[] = events): string {
  let text = "";
  const reporter = make((part) => { text += part; });
  for (const event of list) reporter.onEvent(event);
  reporter.close();
  return text;
}

interface Element {
  readonly name: string;
  readonly message: string | undefined;
  text: string;
}

/** The elements in the order of their beginnings; throws where a strict reader would give up. */
function elementsOf(xml: string): Element[] {
  const all: Element[] = [];
  const open: Element[] = [];
  const parser = new SaxesParser();
  const addText = (text: string): void => {
    const last = open.at(-1);
    if (last !== undefined) last.text += text;
  };
  parser.on("error", (error) => { throw error; });
  parser.on("opentag", ({ name, attributes }) => {
    const element: Element = { name, message: attributes["message"], text: "" };
    all.push(element);
    open.push(element);
  });
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => { open.pop(); });
  parser.write(xml).close();
  return all;
}

describe("junitReporter", () => {
  const xml = played(junitReporter);
  it("counts failures, errors and skips by the table of verdicts", () => {
    expect(xml).to.match(/<testsuite name="toys"[^>]*tests="10"/);
    expect(xml).to.match(/<testsuite name="toys"[^>]*failures="2"/);
    expect(xml).to.match(/<testsuite name="toys"[^>]*errors="2"/);
    expect(xml).to.match(/<testsuite name="toys"[^>]*skipped="4"/);
  });
  it("shows the reason of every skip in the message, in system-out and as a property", () => {
    for (const verdict of ["waived", "unsupported", "not-applicable", "blocked"]) {
      expect(xml).to.contain(`<skipped message="${verdict}: why &quot;${verdict}&quot; &lt;&amp;\\u{1}"/>`);
    }
    expect(xml).to.not.contain("<skipped/>");
  });
  it("is well-formed, and tells every text as it is, whatever stands in it", () => {
    const nasty = "$& $` $' $1 {64}$\") ]]> ]]> \u0000 <a> & \n'\"";
    const hostile: RunEvent[] = [...events.slice(0, 1), ...verdicts.map((verdict): RunEvent => ({ type: "case-ended", at: 20, result: result(verdict, { reason: nasty }) }))];
    const read = elementsOf(played((write) => junitReporter(write, { runtimeLog: () => [nasty] }), hostile));
    const shown = nasty.replace("\u0000", "\\u{0}");
    expect(read.filter(({ name }) => name === "skipped").map(({ message }) => message)).to.deep.equal(["waived", "unsupported", "not-applicable", "blocked"].map((verdict) => `${verdict}: ${shown}`));
    expect(read.filter(({ name }) => name === "system-err").map(({ text }) => text.replaceAll("]] >", "]]>"))).to.deep.equal(Array.from({ length: 4 }, () => shown));
  });
  it("carries requirement, level, contract, verdict and runtime", () => {
    for (const property of ['name="requirement" value="Toy-01"', 'name="level" value="MUST"', 'name="contract" value="1.37"', 'name="verdict" value="warned"', 'name="runtime.version" value="1.2.3"']) {
      expect(xml).to.contain(property);
    }
  });
  it("names rule, place and call of a breach", () => {
    expect(xml).to.contain("MUST Toy-01: Version: wanted 1, was 2 at toys.yaml:4:5 (call 7)");
  });
  it("skips an invariant that saw no message, and adds the runtime's log to a failure", () => {
    const list = [...events.slice(0, 1), { type: "case-ended", at: 1, result: result("not-run", { invariant: true }) } as const, { type: "case-ended", at: 1, result: result("failed") } as const];
    const text = played((write) => junitReporter(write, { runtimeLog: () => ["level=error oh"] }), list);
    expect(text).to.match(/errors="0"/);
    expect(text).to.contain("level=error oh");
  });
});

describe("resultsReporter", () => {
  it("writes what its published schema demands", () => {
    const schema: unknown = JSON.parse(readFileSync(new URL("../../docs/schemas/results.schema.json", import.meta.url), "utf8"));
    if (typeof schema !== "object" || schema === null) throw new Error("no schema");
    const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
    const document: unknown = JSON.parse(played(resultsReporter));
    expect(validate(document), JSON.stringify(validate.errors)).to.equal(true);
    expect(validate({ ...(document as object), cases: [{ id: 3 }] })).to.equal(false);
    expect(document).to.have.nested.property("requirements[0].broken", 1);
  });
});

describe("plainReporter", () => {
  it("has an entry for each case that did not pass, with its reason, and a sum", () => {
    const text = played((write) => plainReporter(write, { quiet: false, paint: unpainted }));
    expect(text).to.contain("toy 1.2.3 at unix:///x (v1, handler runc), contract 1.37, 10 cases");
    expect(text).to.contain('blocked        case.blocked\n    why "blocked"');
    expect(text).to.not.contain("case.passed");
    expect(text).to.match(/1 passed, 1 warned, 1 failed.* in 2\.0 s \(exit 1\)\n$/);
  });
});

describe("explain", () => {
  it("shows three breaches of one requirement, and counts the rest", () => {
    const breach = (n: number, covers: string) => ({ covers: [covers], level: "MUST" as const, ok: false, at: "f:1:1", verb: "V", message: `wrong ${n}`, calls: [n] });
    const text = explain(result("failed", { reason: "wrong 1", checks: [1, 2, 3, 4, 5].map((n) => breach(n, "GEN-01")).concat(breach(6, "GEN-02")) }));
    expect(text).to.contain("wrong 3").and.to.not.contain("wrong 4");
    expect(text).to.contain("… and 2 more of the same").and.to.contain("wrong 6");
  });
});

describe("liveReporter", () => {
  it("shows the cases in flight and leaves no status line behind", () => {
    const list: RunEvent[] = [...events.slice(0, 1), { type: "case-started", at: 500, id: "case.slow" }, ...events.slice(-1)];
    const text = played((write) => liveReporter(write, { quiet: false, paint: unpainted, columns: () => 80, everyMs: 100 }), list);
    expect(text).to.contain("0/10  nothing  case.slow");
    expect(text.split("\u001b[2K").at(-1)).to.match(/exit 1\)\n$/);
  });
});

describe("htmlReporter", () => {
  it("escapes what it shows and needs nothing from elsewhere", () => {
    const html = played(htmlReporter);
    expect(html).to.contain("A &lt;case&gt;.");
    expect(html).to.not.match(/(src|href)=/);
  });
});

describe("combineReporters", () => {
  it("goes on without a reporter that throws, and tells of it once", () => {
    const faults: string[] = [];
    let heard = 0;
    const bad: Reporter = { name: "bad", onEvent: () => { throw new Error("no"); }, close() {} };
    const good: Reporter = { name: "good", onEvent: () => { heard += 1; }, close() {} };
    const all = combineReporters([bad, good], (name) => { faults.push(name); });
    for (const event of events) all.onEvent(event);
    all.close();
    expect([faults, heard]).to.deep.equal([["bad"], events.length]);
  });
});
