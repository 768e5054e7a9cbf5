import { expect } from "chai";
import { describe, it } from "mocha";
import { CaseEnd } from "./end.ts";
import { settleAll } from "./settle-all.ts";

const broken = new CaseEnd("set-up failed", "broken");
const failed = new CaseEnd("the runtime hung", "failed", true);
const judged = new CaseEnd("the runtime broke off", "failed", true, [{ covers: ["Toy-01"], level: "MUST", ok: false, at: "toys.yaml:1:1", verb: "Version", calls: [] }]);
const thrownBy = (...ends: readonly Error[]): Promise<unknown> => settleAll(ends.map((end) => Promise.reject(end))).then(() => undefined, (thrown: unknown) => thrown);

describe("settleAll", () => {
  it("waits for all, and gives what they gave", async () => {
    expect(await settleAll([Promise.resolve(1), new Promise((resolve) => { setTimeout(() => { resolve(2); }, 10); })])).to.deep.equal([1, 2]);
  });

  it("throws the runtime's failure, whichever came first in the text", async () => {
    expect(await thrownBy(broken, failed)).to.equal(failed);
    expect(await thrownBy(failed, broken)).to.equal(failed);
  });

  it("throws a failure that no check has told before one that a check has", async () => {
    expect(await thrownBy(broken, judged, failed)).to.equal(failed);
    expect(await thrownBy(broken, judged)).to.equal(judged);
  });

  it("throws the first of those that are no failure", async () => {
    const fault = new Error("a fault of criteria");
    expect(await thrownBy(fault, broken)).to.equal(fault);
    expect(await thrownBy(broken, fault)).to.equal(broken);
  });
});
