import { expect } from "chai";
import { describe, it } from "mocha";
import type { BenchResult } from "../result.ts";
import { sampleResult } from "../testing/sample-result.ts";
import type { CompareOptions } from "./compare.ts";
import { compareResults } from "./compare-results.ts";

type Values = Parameters<typeof sampleResult>[0];

/** Six runs with the same operations. */
function runs(series: Values): BenchResult[] {
  return Array.from({ length: 6 }, () => sampleResult(series));
}

function told(a: Values, b: Values, options: CompareOptions = {}): string[] {
  return compareResults(runs(a), runs(b), { resamples: 200, ...options }).map(({ name, percentile, verdict, reason }) => `p${percentile * 100} ${name.split(" ")[1] ?? ""}: ${verdict}: ${reason}`);
}

const alike = "no change: the interval excludes every change that would matter";
const times = [50, 51, 52, 53];

describe("compareResults", () => {
  it("tells of what only one side has", () => {
    expect(told({ RunPodSandbox: times, CreateContainer: times }, { RunPodSandbox: times, first_instruction: times })).to.deep.equal([
      `p50 RunPodSandbox: ${alike}`, `p99 RunPodSandbox: ${alike}`,
      "p50 CreateContainer: incomparable: only A has it", "p99 CreateContainer: incomparable: only A has it",
      "p50 first_instruction: incomparable: only B has it", "p99 first_instruction: incomparable: only B has it",
    ]);
  });

  it("calls it a regression when an operation begins to fail, whatever its times are", () => {
    expect(told({ CreateContainer: times }, { CreateContainer: ["UNKNOWN", "UNKNOWN"] })).to.deep.equal([
      "p50 CreateContainer: regression: errors: 0 of 24 → 12 of 12", "p99 CreateContainer: regression: errors: 0 of 24 → 12 of 12",
    ]);
    expect(told({ CreateContainer: times }, { CreateContainer: [10, 10, 10, "UNKNOWN"] })[0]).to.equal("p50 CreateContainer: regression: errors: 0 of 24 → 6 of 24");
    expect(told({ CreateContainer: [...times, ...times, "UNKNOWN"] }, { CreateContainer: [10, "UNKNOWN"] })[0]).to.equal("p50 CreateContainer: regression: errors: 6 of 54 → 6 of 12");
  });

  it("compares no times when an operation fails no longer, and compares them when it fails as ever", () => {
    expect(told({ CreateContainer: [50, "UNKNOWN"] }, { CreateContainer: times })[0]).to.equal("p50 CreateContainer: incomparable: errors: 6 of 12 → 0 of 24; what failed has no times");
    expect(told({ CreateContainer: [50, "UNKNOWN"] }, { CreateContainer: [50, "UNKNOWN"] })[0]).to.equal(`p50 CreateContainer: ${alike}`);
  });

  it("judges shares of errors by a bound of their own, whatever change of a time matters", () => {
    const [often, twice] = [{ CreateContainer: [50, 50, 50, "UNKNOWN"] }, { CreateContainer: [50, "UNKNOWN"] }] as const;
    expect(told(often, often, { leastRelative: 0 })[0]).to.contain(": no change: ");
    expect(told(often, twice, { leastRelative: 1.5 })[0]).to.equal("p50 CreateContainer: regression: errors: 6 of 24 → 6 of 12");
  });

  it("counts what was dropped as failed, where it is more than chance", () => {
    const dropping = (dropped: number): BenchResult[] => runs({ Version: Array.from({ length: 40 }, () => 50) }).map((run) => ({ ...run, series: run.series.map((each) => ({ ...each, summary: { ...each.summary, dropped } })) }));
    expect(compareResults(dropping(0), dropping(4))[0]).to.include({ verdict: "regression", reason: "errors and drops: 0 of 240 → 24 of 264" });
    expect(compareResults(dropping(0), dropping(1))[0]).to.include({ verdict: "no change" });
  });

  it("compares the figures of all samples, be they there or not, and takes no time for many", () => {
    const large = (p50: number): BenchResult[] => runs({ Version: times }).map((run) => ({ ...run, series: run.series.map((each) => ({ ...each, thinned: 100, summary: { ...each.summary, p50: p50 * 1e6 } })) }));
    expect(compareResults(large(50), large(80))[0]).to.include({ verdict: "regression", a: 50e6, b: 80e6, shiftNs: 30e6 });
  });
});
