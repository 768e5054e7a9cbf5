import { expect } from "chai";
import { describe, it } from "mocha";
import { messageOf } from "../model/errors.ts";
import { judgeGates, parseGate } from "./gate.ts";
import { sampleResult } from "./testing/sample-result.ts";

const verdictOf = (gate: string, result = sampleResult({ StartContainer: [10, 20, 30] }), baseline?: typeof result) =>
  judgeGates([parseGate(gate)], result, baseline)[0];

describe("gates", () => {
  for (const [gate, ok] of [
    ["p50(StartContainer) < 20ms", false], ["p50(StartContainer) <= 20ms", true], ["max(StartContainer) < 0.031s", true],
    ["rate(error) == 0", true], ["rate(StartContainer) >= 3/s", true], ["p99(StopContainer) < 1s", false],
  ] as const) {
    it(`says ${ok} to ${gate}`, () => expect(verdictOf(gate)?.ok).to.equal(ok));
  }

  it("counts failures of all operations, or of one", () => {
    const result = sampleResult({ StartContainer: [10, "UNKNOWN"], StopContainer: [1, 1] });
    const dropping = { ...result, series: result.series.map((each) => ({ ...each, summary: { ...each.summary, dropped: 2 } })) };
    expect(verdictOf("rate(error) == 0", dropping)?.actual).to.equal(5 / 8);
    expect(verdictOf("rate(error, StopContainer) == 0", dropping)?.actual).to.equal(0.5);
    expect(verdictOf("rate(error) < 25%", result)).to.include({ ok: false, actual: 0.25 });
    expect(verdictOf("rate(error, StopContainer) == 0", result)?.ok).to.equal(true);
  });

  it("compares with a baseline, and fails without one", () => {
    const slower = sampleResult({ StartContainer: [10, 22, 30] });
    const gate = "delta(p50(StartContainer), baseline) < 5%";
    expect(verdictOf(gate, slower, sampleResult({ StartContainer: [10, 20, 30] }))?.message).to.equal(`${gate}: 10.00 %`);
    expect(verdictOf(gate, slower)).to.include({ ok: false, actual: null });
  });

  for (const [gate, problem] of [
    ["p99(StartContainer)", "is not MEASURE OPERATOR LIMIT"], ["p98(StartContainer) < 1s", 'asks for "p98"'],
    ["p99(StartContainer) < 5%", "a time: ns, us, ms or s"], ["rate(error) < 5ms", "a share"], ["p99 < 5ms", "NAME(OPERATION)"],
    ["p99(A) < 1.2.3ms", "that is no number"],
  ] as const) {
    it(`refuses ${gate}`, () => {
      let message = "";
      try {
        parseGate(gate);
      } catch (thrown) {
        message = messageOf(thrown);
      }
      expect(message).to.contain(problem);
    });
  }
});
