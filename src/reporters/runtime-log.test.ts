import { expect } from "chai";
import { describe, it } from "mocha";
import type { CaseResult } from "../model/verdict.ts";
import { logLinesOf } from "./runtime-log.ts";

const result: CaseResult = {
  id: "a.b", suite: "s", about: "", file: "", line: 1, verdict: "failed", reason: "r", checks: [], requirements: [], level: "MUST",
  robustness: false, startedMs: 1000, durationMs: 2000, leftovers: [],
};

describe("logLinesOf", () => {
  it("takes the lines within the case's time, and those without a time that follow them", () => {
    const text = [
      'time="2026-05-01T10:00:00.900000000Z" level=info msg=before',
      'time="2026-05-01T10:00:01.500000000Z" level=info msg=inside',
      "  a stack",
      'time="2026-05-01T10:00:09Z" level=info msg=after',
    ].join("\n");
    const lines = logLinesOf(text, result, { runStartedMs: Date.parse("2026-05-01T10:00:00Z"), slackMs: 50, maxLines: 10 });
    expect(lines).to.have.length(2);
    expect(lines[0]).to.contain("msg=inside");
  });
});
