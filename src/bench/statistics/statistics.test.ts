import { expect } from "chai";
import { describe, it } from "mocha";
import { blockBootstrap } from "./bootstrap.ts";
import { compareRuns, runsForFamily, type Metric } from "./compare.ts";
import { cliffsDelta, hodgesLehmann } from "./effect.ts";
import { holm } from "./holm.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { normalUpperTail } from "./normal.ts";
import { median } from "./quantile.ts";
import { seededRandom } from "./random.ts";

describe("statistics", () => {
  it("knows the tail of the normal distribution", () => {
    // scipy.stats.norm.sf
    const known: readonly (readonly [number, number])[] = [[0, 0.5], [1, 0.15865525393145707], [1.959963984540054, 0.025], [2.99, 0.0013948872354922459], [4, 3.167124183311986e-5], [6, 9.865876450376946e-10]];
    for (const [z, tail] of known) expect(normalUpperTail(z) / tail, `z = ${z}`).to.be.closeTo(1, 1e-9);
  });

  it("tests two small samples without ties exactly", () => {
    // All of a below all of b: 2 of the C(10,5) = 252 orders are as extreme.
    const result = mannWhitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]);
    expect([result.u, result.exact]).to.deep.equal([0, true]);
    expect(result.p).to.be.closeTo(2 / 252, 1e-12);
    // By hand, u = 1 of m = n = 2: orders with u <= 1 are 2 of 6, twice that is 4/6.
    expect(mannWhitney([1, 3], [2, 4]).p).to.be.closeTo(4 / 6, 1e-12);
  });

  it("corrects for ties and continuity", () => {
    // By hand: u = 0.5; tie term 2(2^3-2) = 12; variance 16/12 (9 - 12/56) = 11.714; z = (8 - 0.5 - 0.5)/sqrt(variance).
    const result = mannWhitney([1, 2, 2, 3], [3, 4, 5, 6]);
    expect([result.u, result.exact]).to.deep.equal([0.5, false]);
    expect(result.p).to.be.closeTo(2 * normalUpperTail(7 / Math.sqrt((16 / 12) * (9 - 12 / 56))), 1e-12);
    expect(mannWhitney([1, 1], [1, 1]).p).to.equal(1);
  });

  it("agrees with SciPy", () => {
    const small = mannWhitney([12.1, 9.8, 11.4, 10.2, 13.3, 10.9], [10.5, 12.9, 14.1, 13.8, 11.9, 15.2, 12.4]);
    expect([small.u, small.p]).to.deep.equal([8, 126 / 1716]);
    const a = [5, 7, 7, 8, 9, 9, 9, 10, 12, 12, 13, 15, 15, 16, 18, 20, 21, 21, 22, 25, 25, 30];
    const tied = mannWhitney(a, [6, 9, 11, 12, 12, 15, 19, 20, 22, 22, 24, 25, 27, 28, 30, 31, 33]);
    expect(tied.u).to.equal(115.5);
    expect(tied.p).to.be.closeTo(0.04395289411099328, 1e-12);
  });

  it("measures the shift and how often one side is larger", () => {
    expect(hodgesLehmann([1, 2, 3], [11, 12, 14])).to.equal(10);
    expect(cliffsDelta([1, 2, 3], [2, 3, 4])).to.be.closeTo(5 / 9, 1e-12);
  });

  it("adjusts a family of p-values", () => {
    // R: p.adjust(c(.01, .04, .03, .005), "holm")
    expect(holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(9)))).to.deep.equal([0.03, 0.06, 0.06, 0.02]);
  });

  it("widens the interval when runs differ, not when requests do", () => {
    const alike = Array.from({ length: 6 }, () => [1, 5, 9, 13]);
    expect(blockBootstrap(alike, (drawn) => median(drawn.flat()))).to.deep.equal({ low: 7, high: 7 });
    const apart = [[1, 1], [9, 9], [1, 1], [9, 9]];
    const interval = blockBootstrap(apart, (drawn) => median(drawn.flat()));
    expect(interval.high - interval.low).to.equal(8);
  });
});

describe("compareRuns", () => {
  const ms = 1e6;
  const runs = (count: number, centre: number, spread: number, seed: number, requests = 30): number[][] => {
    const random = seededRandom(seed);
    return Array.from({ length: count }, () => {
      const shift = (random() - 0.5) * spread;
      return Array.from({ length: requests }, () => (centre + shift + random()) * ms);
    });
  };
  const compared = (b: number[][], a = runs(10, 40, 1, 1)): ReturnType<typeof compareRuns>[number] | undefined => {
    const metric: Metric = { name: "StartContainer", a: a.map(median), b: b.map(median), percentile: 0.5 };
    return compareRuns([metric], { resamples: 200 })[0];
  };

  it("calls 10 ms more a regression and 10 ms less an improvement", () => {
    expect(compared(runs(10, 50, 1, 2))?.verdict).to.equal("regression");
    expect(compared(runs(10, 30, 1, 2))?.verdict).to.equal("improvement");
  });

  it("gives each side an interval of its own", () => {
    const { a = 0, b = 0, intervalA, intervalB } = compared(runs(10, 50, 1, 2)) ?? {};
    expect(a).to.be.within(intervalA?.low ?? NaN, intervalA?.high ?? NaN);
    expect(b).to.be.within(intervalB?.low ?? NaN, intervalB?.high ?? NaN);
    expect(intervalA?.high).to.be.below(intervalB?.low ?? NaN);
  });

  it("gives the interval of the shift that it tells: that between the figures of runs", () => {
    // The slow run of each side has ten times as many requests: over all requests together it would count for nine in ten.
    const side = (shift: number): number[][] => [...runs(9, 40 + shift, 1, 1, 3), ...runs(1, 400 + shift, 1, 1, 300)];
    const { shiftNs = 0, interval } = compared(side(10), side(0)) ?? {};
    expect(shiftNs / ms).to.be.closeTo(10, 0.5);
    expect([interval?.low, interval?.high].map((value = NaN) => Math.abs(value / ms - 10) < 5)).to.deep.equal([true, true]);
  });

  it("calls a change too small to matter no change, however certain it is", () => {
    const result = compared(runs(10, 40.9, 0.2, 2), runs(10, 40, 0.2, 1));
    expect(result?.pHolm).to.be.lessThan(0.05);
    expect(result?.verdict).to.equal("no change");
  });

  it("says that it cannot tell, and how many runs would", () => {
    const result = compared(runs(6, 44, 60, 9), runs(6, 40, 60, 4));
    expect(result?.verdict).to.equal("inconclusive");
    expect(result?.runsNeeded).to.be.greaterThan(6);
    expect(compared(runs(2, 80, 1, 2))?.verdict).to.equal("inconclusive");
  });

  it("knows how many runs a family needs before anything can be shown", () => {
    // 2 / C(2n, n): 0.0079 for 5 and 5, 0.0022 for 6 and 6, 0.00058 for 7 and 7.
    expect([1, 2, 14].map((size) => runsForFamily(size, 0.02))).to.deep.equal([5, 5, 7]);
  });

  it("raises few false alarms on equal sides", () => {
    const alarms = Array.from({ length: 100 }, (_, index) => compared(runs(10, 40, 4, 2 * index + 101, 5), runs(10, 40, 4, 2 * index + 100, 5))?.verdict)
      .filter((verdict) => verdict === "regression" || verdict === "improvement");
    expect(alarms.length).to.be.at.most(3);
  });
});
