import { expect } from "chai";
import { describe, it } from "mocha";
import type { BenchResult } from "../result.ts";
import { sampleResult } from "../testing/sample-result.ts";
import { figuresOfRuns } from "./compare-results.ts";
import { deconvolve } from "./deconvolve.ts";
import { quantile } from "./quantile.ts";
import { seededRandom } from "./random.ts";
import { detectable, resampleComparisons } from "./resample.ts";

/** Runs whose medians spread by 2 ms. */
function runs(count: number, startMs: number, seed: number): BenchResult[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const shift = 2 * (random() - 0.5);
    const times = (centre: number): number[] => Array.from({ length: 20 }, () => centre + shift + random());
    return sampleResult({ StartContainer: times(startMs), StopContainer: times(50) });
  });
}

describe("resampleComparisons", () => {
  it("raises few alarms where nothing changed", () => {
    const { alarms, comparisons } = resampleComparisons(runs(24, 40, 1), undefined, { runs: 10, comparisons: 100 });
    expect(comparisons).to.equal(100);
    expect(alarms).to.be.at.most(3);
  });

  it("finds ten milliseconds in the operation that has them", () => {
    const { metrics } = resampleComparisons(runs(12, 40, 1), runs(12, 50, 2), { runs: 10, comparisons: 50 });
    const found = (name: string): number[] => metrics.filter((each) => each.name.endsWith(name)).map(({ regressions }) => regressions);
    expect(found("StartContainer")).to.deep.equal([50, 50]);
    expect(Math.max(...found("StopContainer"))).to.be.at.most(1);
  });
});

describe("detectable", () => {
  it("needs more for few runs than for many, and finds nothing with too few", () => {
    const metrics = figuresOfRuns(runs(20, 40, 3));
    const change = (of: number): number => detectable(metrics, { runs: of })[0]?.changeNs ?? Number.NaN;
    expect(change(20)).to.be.lessThan(change(8)).and.greaterThan(1e6);
    expect(change(2)).to.equal(Number.POSITIVE_INFINITY);
  });
});

describe("deconvolve", () => {
  const sample = (draw: (random: () => number) => number, seed: number): Float64Array => {
    const random = seededRandom(seed);
    return Float64Array.from({ length: 3000 }, () => draw(random)).sort();
  };
  const noise = (random: () => number): number => 0.4 + 0.1 * random() + (random() < 0.03 ? 4 * random() : 0);
  const errors = (service: (random: () => number) => number): number[] => {
    const found = deconvolve(sample((random) => service(random) + noise(random), 1), sample(noise, 2));
    return [0.5, 0.99].map((p) => Math.abs(quantile(found, p) - quantile(sample(service, 3), p)));
  };

  it("takes off a tail that is the instrument's own", () => {
    const [p50 = 9, p99 = 9] = errors((random) => 20 + 0.2 * random());
    expect(p50).to.be.below(0.05);
    expect(p99).to.be.below(0.7);
  });

  it("leaves a tail that is what was measured", () => {
    const [p50 = 9, p99 = 9] = errors((random) => 20 + 0.2 * random() + (random() < 0.05 ? 10 * random() : 0));
    expect(p50).to.be.below(0.05);
    expect(p99).to.be.below(1);
  });
});
