import { expect } from "chai";
import { describe, it } from "mocha";
import type { PlanCase } from "../model/plan.ts";
import { generateMutants } from "./generate.ts";
import { casesFor } from "./judge-mutant.ts";

function planCase(id: string, requirements: readonly string[]): PlanCase {
  return {
    id, requirements, about: "", suite: "s", at: { file: "s", line: 1, column: 1 }, matrix: {}, given: [], steps: [], deadlineMs: 1000, api: "v1", robustness: false, level: "MUST",
  };
}

describe("casesFor", () => {
  it("takes the cases that call the RPC and pass, those that cite it first and quick ones before slow ones", () => {
    const mutant = generateMutants().find((item) => item.rpc === "StopContainer");
    if (mutant === undefined) throw new Error("no mutant");
    const cases = [planCase("slow", ["StopContainer-01"]), planCase("other", ["CSM-01"]), planCase("quick", ["StopContainer-02"]), planCase("unfit", ["StopContainer-03"]), planCase("elsewhere", ["StopContainer-04"])];
    const profiled = [["slow", 900], ["other", 1], ["quick", 5]].map(([id, ms]) => ({ id: String(id), ms: Number(ms), rpcs: ["StopContainer"] }));
    const profile = { cases: [...profiled, { id: "elsewhere", ms: 1, rpcs: ["ListImages"] }], unfit: [], invariants: [], touched: [], read: [] };
    expect(casesFor(cases, mutant, profile).map((item) => item.id)).to.deep.equal(["quick", "slow", "other"]);
  });
});
