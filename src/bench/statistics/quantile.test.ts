import { expect } from "chai";
import { describe, it } from "mocha";
import { ascending, median, quantile } from "./quantile.ts";

describe("quantile", () => {
  it("interpolates as type 7 does", () => {
    // R: quantile(c(1, 2, 3, 4, 10), c(.1, .25, .5, .9, .99))
    const values = ascending([10, 3, 1, 4, 2]);
    expect([0.1, 0.25, 0.5, 0.9, 0.99].map((p) => Number(quantile(values, p).toFixed(9)))).to.deep.equal([1.4, 2, 3, 7.6, 9.76]);
  });

  it("answers the ends, one value, and NaN for none", () => {
    expect([quantile([1, 2], 0), quantile([1, 2], 1), quantile([7], 0.99), median([4, 1])]).to.deep.equal([1, 2, 7, 2.5]);
    expect(quantile([], 0.5)).to.be.NaN;
  });
});
