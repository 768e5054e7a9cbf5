import { expect } from "chai";
import { describe, it } from "mocha";
import { type CaseText, casesFor } from "./cases-for.ts";
import { findMutant } from "./find-mutant.ts";
import type { Profile } from "./profile.ts";

/** Cases as [id, milliseconds, RPC], in `touched` those that touch a mutant. */
function profile(cases: readonly (readonly [string, number, string])[], touched: Record<string, readonly string[]> = {}, sharing: readonly string[] = []): Profile {
  return {
    cases: cases.map(([id, ms, rpc]) => ({ id, ms, rpcs: [rpc] })), unfit: [], known: [], invariants: [], read: new Set(), sharing: new Set(sharing),
    touched: new Map(Object.entries(touched).map(([id, ids]) => [id, new Set(ids)])),
  };
}

function text(requirement: string, ...words: readonly string[]): CaseText {
  return { requirements: [requirement], words: new Set(words) };
}

describe("casesFor", () => {
  it("takes the cases that call the RPC, those about it first and quick ones before slow ones", () => {
    const texts = new Map([["slow", text("StopContainer-01")], ["other", text("GEN-01")], ["near", text("CSM-01")], ["quick", text("StopContainer-02")]]);
    const known = profile([["slow", 900, "StopContainer"], ["other", 1, "StopContainer"], ["near", 1, "StopContainer"], ["quick", 5, "StopContainer"], ["elsewhere", 1, "ListImages"]]);
    expect(casesFor(findMutant("rpc.StopContainer.no-op"), known, texts)).to.deep.equal(["quick", "slow", "near", "other"]);
  });

  it("takes those first that name the field", () => {
    const id = "response.ContainerStatus.status.exit_code.wrong";
    const texts = new Map([["quick", text("ContainerStatus-01", "status")], ["named", text("ContainerStatus-02", "status", "exit_code")]]);
    expect(casesFor(findMutant(id), profile([["quick", 1, "ContainerStatus"], ["named", 900, "ContainerStatus"]], { [id]: ["quick", "named"] }), texts)).to.deep.equal(["named", "quick"]);
  });

  it("takes for a field only cases that use it, and for a shared PodSandbox all that share it", () => {
    const known = profile([["a", 1, "RunPodSandbox"], ["b", 2, "RunPodSandbox"], ["c", 3, "PodSandboxStatus"]], { "request.RunPodSandbox.config.hostname.dropped": ["b"] }, ["c"]);
    expect(casesFor(findMutant("request.RunPodSandbox.config.hostname.dropped"), known, new Map())).to.deep.equal(["b", "c"]);
  });
});
