/**
 * Against SciPy and NumPy: fixtures/statistics/scipy.json was made by fixtures/statistics/make.py. Nothing on npm has the
 * tie-corrected and exact test, the shift and a bootstrap by blocks, so ours are checked against theirs.
 */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { blockBootstrap } from "./bootstrap.ts";
import { cliffsDelta, hodgesLehmann } from "./effect.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { ascending, median, quantile } from "./quantile.ts";

interface Known {
  readonly mannWhitney: readonly { readonly a: number[]; readonly b: number[]; readonly u: number; readonly p: number; readonly hodgesLehmann: number; readonly cliffsDelta: number }[];
  readonly quantile: readonly { readonly values: number[]; readonly p: number[]; readonly q: number[] }[];
  readonly bootstrap: { readonly runs: number[][]; readonly low: number; readonly high: number };
}

const known: Known = JSON.parse(readFileSync(new URL("../../../fixtures/statistics/scipy.json", import.meta.url), "utf8"));

describe("statistics against SciPy", () => {
  for (const [index, { a, b, u, p, hodgesLehmann: shift, cliffsDelta: delta }] of known.mannWhitney.entries()) {
    it(`agrees on the samples ${index}, of ${a.length} and ${b.length}`, () => {
      const ours = mannWhitney(a, b);
      expect(ours.u).to.equal(u);
      expect(ours.p).to.be.closeTo(p, 1e-9);
      expect(hodgesLehmann(a, b)).to.be.closeTo(shift, 1e-9);
      expect(cliffsDelta(a, b)).to.be.closeTo(delta, 1e-12);
    });
  }

  it("agrees on quantiles", () => {
    for (const { values, p, q } of known.quantile) expect(p.map((each) => quantile(ascending(values), each).toFixed(9))).to.deep.equal(q.map((value) => value.toFixed(9)));
  });

  it("agrees on the interval of a median by whole runs, as far as chance allows", () => {
    const { runs, low, high } = known.bootstrap;
    const ours = blockBootstrap(runs, (drawn) => median(drawn.flat()), { resamples: 4000 });
    expect(ours.low).to.be.closeTo(low, 0.1);
    expect(ours.high).to.be.closeTo(high, 0.1);
  });
});
