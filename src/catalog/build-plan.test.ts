import { expect } from "chai";
import { describe, it } from "mocha";
import type { Plan, PlanStep } from "../model/plan.ts";
import { readProfile, shippedNames } from "../target/profile.ts";
import { buildPlan, type PlanOptions } from "./build-plan.ts";
import { loadCatalog } from "./load.ts";
import { compareMinor } from "./requirements.ts";

const catalog = loadCatalog();
const plain: PlanOptions = { target: { handlers: [""], status: {}, config: {} }, host: { os: "linux", shares: true, root: true, embedded: false, cni_fault: false, restart: false, cgroup_version: 2n }, contract: "1.37" };

function planned(more: Partial<PlanOptions>): Plan {
  return buildPlan(catalog, { ...plain, ...more });
}

function coversIn(steps: readonly PlanStep[]): string[] {
  return steps.flatMap(({ verb, checks }) => [
    ...checks.flatMap((check) => check.covers),
    ...(verb.kind === "group" ? coversIn(verb.steps) : verb.kind === "parallel" ? verb.branches.flatMap((branch) => coversIn(branch.steps)) : []),
  ]);
}

describe("buildPlan", () => {
  it("takes what both the patterns and --only select", () => {
    const ids = planned({ patterns: ["container/*"], only: ["*.stop.*"] }).cases.map(({ id }) => id);
    expect(ids).to.not.be.empty;
    expect(ids.every((id) => id.startsWith("container.stop."))).to.equal(true);
  });
  it("leaves out checks that are newer than the contract, and cases without any other", () => {
    const plan = planned({ contract: "1.23" });
    const judged = plan.cases.filter(({ skip }) => skip?.verdict !== "not-applicable");
    const since = judged.flatMap(({ steps }) => coversIn(steps)).flatMap((id) => catalog.requirements.get(id)?.since ?? []);
    expect(since.filter((minor) => compareMinor(minor, "1.23") > 0)).to.deep.equal([]);
    expect(judged.length).to.be.above(0).and.below(plan.cases.length);
  });
  it("names the group of a case that is alone with others by the cell of its matrix", () => {
    const groups = planned({ only: ["faults.restart.pods"] }).cases.map(({ id, alone, group }) => [id, alone, group]);
    expect(groups).to.deep.equal(["terminate", "kill"].map((how) => [`faults.restart.pods/how=${how}`, "The runtime restarts.", `restart-${how}`]));
  });
  it("does not apply what the profile excludes, and refuses an unknown claim", () => {
    const excluded = planned({ excludes: [{ cases: "process/*", reason: "no Linux" }] }).cases.filter(({ skip }) => skip?.reason === "excluded by the profile: no Linux");
    expect(excluded.map(({ skip }) => skip?.verdict)).to.include("not-applicable");
    expect(() => planned({ claims: ["flying"] })).to.throw("no such feature");
  });
  const ruledOut: readonly (readonly [profile: string, id: RegExp, still: string])[] = [
    ["windows", /^(process|security|resources)\./, "pod-sandbox.stop.twice"], ["vm", /^network\.host\./, "container.stop.again"], ["gvisor", /^security\.seccomp\./, "process.user.number"],
    ["rootless", /^security\.privileged\./, "container.create.created"], ["cri-dockerd", /^events\./, "container.stop.again"],
  ];
  for (const [name, id, still] of ruledOut) {
    it(`asks of ${name} nothing that it cannot have, and all else`, () => {
      const { cases } = planned({ ...readProfile(name), claims: [] });
      const asked = cases.filter((item) => item.skip?.verdict !== "not-applicable").map((item) => item.id);
      expect(asked.filter((item) => id.test(item))).to.deep.equal([]);
      expect(asked).to.include(still);
    });
  }
  it("can plan for each profile that comes with the harness", () => {
    for (const name of shippedNames()) expect(() => planned(readProfile(name)), name).to.not.throw();
  });
});
