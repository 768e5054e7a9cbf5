import { expect } from "chai";
import { describe, it } from "mocha";
import { messageOf } from "../model/errors.ts";
import type { Plan, PlanStep } from "../model/plan.ts";
import { readProfile, shippedNames } from "../target/profile.ts";
import { buildPlan, type PlanOptions } from "./build-plan.ts";
import { loadCatalog } from "./load.ts";
import { compareMinor } from "./requirements.ts";
import { mayBeAsked } from "./selection.ts";

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
  it("plans the same where only what is asked for was compiled", () => {
    const asked = [
      { patterns: ["container.*"], skip: ["network.*", "invariant.*"] }, { patterns: ["network/pods"] }, { patterns: ["faults.restart.pods/how=kill"] }, { patterns: ["image"], only: ["*.remov*"] },
      { patterns: ["pod-sandbox/handlers"], excludes: [{ cases: "process/*", reason: "no Linux" }] }, { only: ["streaming.exec.opening-message/channel=error"] },
    ];
    for (const wish of asked) {
      const options = { ...plain, ...wish };
      const late = buildPlan(loadCatalog({ isWanted: (name) => mayBeAsked(wish, name) }), options);
      const ids = ({ cases }: Plan): string[] => cases.map(({ id }) => id);
      expect(ids(late), JSON.stringify(wish)).to.deep.equal(ids(buildPlan(catalog, options))).and.not.be.empty;
    }
  });
  it("refuses a word that means nothing, among what was compiled and among the rest", () => {
    const late = loadCatalog({ isWanted: (name) => mayBeAsked({ patterns: ["container.*"] }, name) });
    const saying = (more: Partial<PlanOptions>): string => {
      try {
        return String(buildPlan(late, { ...plain, patterns: ["container.*"], ...more }).cases.length);
      } catch (thrown) {
        return messageOf(thrown);
      }
    };
    expect(saying({ skip: ["network.pod.adress"] })).to.match(/^no case or suite matches 'network\.pod\.adress'\. Did you mean network\.pod\.a/);
    expect(saying({ only: ["container.stop.agian"] })).to.equal("no case or suite matches 'container.stop.agian'. Did you mean container.stop.again?");
    expect(saying({ only: ["network.*"] })).to.equal("0");
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
  it("blocks cases that want an image of their own where nothing serves one", () => {
    const host = { ...plain.host, own_images: false };
    const blocked = (id: string, more: Partial<PlanOptions>): boolean => planned({ only: [id], ...more }).cases.every(({ skip }) => skip?.verdict === "blocked" && skip.reason.startsWith("own-images"));
    expect([blocked("image.fs-info.used", { host }), blocked("image.fs-info.used", {}), blocked("container.stop.again", { host })]).to.deep.equal([true, false, false]);
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
