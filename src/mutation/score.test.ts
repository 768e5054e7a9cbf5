import { expect } from "chai";
import { describe, it } from "mocha";
import type { CheckResult } from "../model/verdict.ts";
import { cites } from "./citing.ts";
import { settledFate } from "./equivalence.ts";
import { generateMutants } from "./generate.ts";
import { type Fate, type Outcome, unexercised } from "./outcome.ts";
import { baselineOf, droppedSince, scoreOf, scoreText } from "./score.ts";

function outcome(fate: Fate, id = "response.Version.version.missing", by = ""): Outcome {
  return { id, rpc: "Version", about: "", fate, by, ms: 0 };
}

function check(covers: readonly string[], verb: string): CheckResult {
  return { covers, verb, level: "MUST", ok: false, at: "a:1:1", calls: [] };
}

describe("scoreOf", () => {
  it("counts what is noticed as alive, and leaves out what nobody could tell", () => {
    const score = scoreOf([outcome("citing"), outcome("other"), outcome("noticed"), outcome("survived"), outcome("equivalent"), outcome("not-carried")]);
    expect([score.killed, score.citing]).to.deep.equal([50, 25]);
  });

  it("lists survivors, and fields that nothing uses once", () => {
    const text = scoreText([outcome("survived", "response.A.b.wrong", "passed"), outcome("survived", "response.A.c.missing", unexercised), outcome("survived", "response.A.c.d.wrong", unexercised)]);
    expect(text).to.contain("response.A.b.wrong  passed").and.contain("response.A.c: missing").and.not.contain("response.A.c.d");
  });
});

describe("droppedSince", () => {
  it("tells RPCs that lost more than the tolerance, and only those that were judged", () => {
    const before = { Version: 100, all: 100, Status: 90 };
    const now = [outcome("citing"), outcome("survived")];
    expect(droppedSince(before, now)).to.deep.equal(["Version: 50 % of the mutants are killed, 100 % were before"]);
    expect(droppedSince({ Version: 50, all: 100 }, now)).to.deep.equal(["all: 50 % of the mutants are killed, 100 % were before"]);
    expect(droppedSince(baselineOf(now), now)).to.deep.equal([]);
  });
});

describe("cites", () => {
  it("takes the requirements that a mutant names, where it names some", () => {
    expect(cites(check(["RES-07"], "exec"), { rpc: "CreateContainer", breaks: ["RES-07"], operator: "hand" })).to.equal(true);
    expect(cites(check(["CreateContainer-01"], "exec"), { rpc: "CreateContainer", breaks: ["RES-07"], operator: "hand" })).to.equal(false);
  });

  it("takes the RPC's own rules, those of its area, and general ones judged on its answer", () => {
    expect(cites(check(["StopContainer-01"], "ContainerStatus"), { rpc: "StopContainer", operator: "request" })).to.equal(true);
    expect(cites(check(["SSM-02"], "PodSandboxStatus"), { rpc: "StopPodSandbox", operator: "request" })).to.equal(true);
    expect(cites(check(["GEN-04"], "ListImages"), { rpc: "ListImages", operator: "request" })).to.equal(true);
    expect(cites(check(["GEN-04"], "ListImages"), { rpc: "StopContainer", operator: "request" })).to.equal(false);
    expect(cites(check(["CreateContainer-12"], "ContainerStatus"), { rpc: "ContainerStatus", operator: "response" })).to.equal(true);
    expect(cites(check(["ListImages-01"], "ListImages"), { rpc: "StopContainer", operator: "request" })).to.equal(false);
  });
});

describe("settledFate", () => {
  const find = (id: string): NonNullable<ReturnType<typeof generateMutants>[number]> => {
    const mutant = generateMutants().find((item) => item.id === id);
    if (mutant === undefined) throw new Error(`no mutant ${id}`);
    return mutant;
  };
  const none = { cases: [], unfit: [], known: [], invariants: [], touched: new Map<string, ReadonlySet<string>>(), read: new Set<string>(), sharing: new Set<string>() };

  it("never runs what would change nothing, and tells fields that the runtime ignores", () => {
    const mutant = find("request.CreateContainer.config.working_dir.wrong");
    expect(settledFate(mutant, none)).to.deep.equal({ fate: "survived", by: unexercised });
    expect(settledFate(mutant, { ...none, touched: new Map([[mutant.id, new Set(["a"])]]) })?.fate).to.equal("not-carried");
    expect(settledFate(mutant, { ...none, touched: new Map([[mutant.id, new Set(["a"])]]), read: new Set([`CreateContainer.${mutant.field ?? ""}`]) })).to.equal(undefined);
  });

  it("takes kernel effects that no case can use here for not carried", () => {
    expect(settledFate(find("request.RunPodSandbox.config.linux.sysctls.dropped"), none)).to.deep.include({ fate: "not-carried" });
  });

  it("knows equivalents with their reason", () => {
    expect(settledFate(find("rpc.StopContainer.twice"), none)).to.deep.include({ fate: "equivalent" });
    expect(settledFate(find("rpc.ExecSync.twice"), none)).to.equal(undefined);
  });
});
