import { expect } from "chai";
import { describe, it } from "mocha";
import { loadCatalog } from "./load.ts";
import { type ParityEntry, parityComplaints } from "./parity.ts";

const real = loadCatalog();

function complaintsOf(...entries: readonly Partial<ParityEntry>[]): string[] {
  const at = { file: "p.yaml", line: 1, column: 1 };
  return parityComplaints({ ...real, parity: [{ name: "p", entries: entries.map((entry) => ({ id: "X", cases: [], red: [], at, ...entry })) }] }).map((text) => text.replace("p.yaml:1:1: ", ""));
}

function entriesOf(name: string): readonly ParityEntry[] {
  return real.parity.find((table) => table.name === name)?.entries ?? [];
}

describe("tables of parity", () => {
  it("complain of what does not hold", () => {
    expect(complaintsOf({ cases: ["container.stop.again"] }, { reason: "no" }, {})).to.deep.equal(["X is taken", "X is taken", "X has neither a case nor a reason"]);
    expect(complaintsOf({ cases: ["container.stop.agian"] })).to.deep.equal(["X: there is no case container.stop.agian. Did you mean container.stop.again?"]);
    expect(complaintsOf({ reason: "r", weak: "any error will do" })).to.deep.equal(["X: say how ours is not weak"]);
    expect(complaintsOf({ cases: ["container.stop.again"], red: ["containerd-1.6"] })).to.deep.equal(["X: no waiver of containerd-1.6 names one of its cases"]);
    expect(complaintsOf({ cases: ["container.stop.gone"], red: ["containerd-1.6"] })).to.deep.equal([]);
  });

  it("hold", () => {
    expect(parityComplaints(real)).to.deep.equal([]);
  });

  it("answer for each of the 137 specs that critest has on Linux, and for those of SELinux", () => {
    const ids = entriesOf("critest").map(({ id }) => id);
    const [nri, selinux] = [ids.filter((id) => id.startsWith("nri.")), ids.filter((id) => id.startsWith("se."))];
    expect([ids.length, nri.length, selinux.length]).to.deep.equal([146, 13, 9]);
    expect(entriesOf("critest").filter(({ id, cases }) => !id.startsWith("nri.") && cases.length === 0).map(({ id }) => id)).to.deep.equal([]);
  });

  it("answer for the corpus of bugs", () => {
    const bugs = entriesOf("bugs");
    expect(bugs).to.have.length(45);
    expect(bugs.filter(({ red }) => red.length > 0)).to.not.have.length(0);
  });
});
