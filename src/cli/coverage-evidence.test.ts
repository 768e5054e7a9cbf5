import { expect } from "chai";
import { describe, it } from "mocha";
import { judgedIn, killedIn } from "./coverage-evidence.ts";

const results = (embedded: boolean): unknown => ({ run: { host: { embedded } }, requirements: [{ id: "A-1", held: 0, broken: 1, void: 0 }, { id: "A-2", held: 0, broken: 0, void: 3 }] });

describe("evidence of coverage", () => {
  it("takes what a real runtime kept or broke, and nothing of the embedded one", () => {
    expect(judgedIn(results(false))).to.deep.equal(["A-1"]);
    expect(judgedIn(results(true))).to.deep.equal([]);
  });

  it("takes what the checks covered that killed mutants", () => {
    expect(killedIn({ mutants: [{ fate: "citing", covers: ["A-1", "A-2"] }, { fate: "survived" }] })).to.deep.equal(["A-1", "A-2"]);
  });

  it("knows what is neither", () => {
    expect(judgedIn({ mutants: [] })).to.equal(undefined);
    expect(killedIn(results(false))).to.equal(undefined);
  });
});
