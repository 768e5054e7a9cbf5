import { expect } from "chai";
import { describe, it } from "mocha";
import { findMutant } from "./find-mutant.ts";
import { casesFor, type Profile, readProfile, writeProfile } from "./profile.ts";

function profile(cases: readonly (readonly [string, number, string])[], touched: Record<string, readonly string[]> = {}, sharing: readonly string[] = []): Profile {
  return {
    cases: cases.map(([id, ms, rpc]) => ({ id, ms, rpcs: [rpc] })), unfit: [], known: [], invariants: [], read: new Set(), sharing: new Set(sharing),
    touched: new Map(Object.entries(touched).map(([id, ids]) => [id, new Set(ids)])),
  };
}

describe("casesFor", () => {
  it("takes the cases that call the RPC, those that cite it first and quick ones before slow ones", () => {
    const citing = new Map([["slow", ["StopContainer-01"]], ["other", ["CSM-01"]], ["quick", ["StopContainer-02"]]]);
    const known = profile([["slow", 900, "StopContainer"], ["other", 1, "StopContainer"], ["quick", 5, "StopContainer"], ["elsewhere", 1, "ListImages"]]);
    expect(casesFor(findMutant("rpc.StopContainer.no-op"), known, citing)).to.deep.equal(["quick", "slow", "other"]);
  });

  it("takes for a field only cases that use it, and for a shared PodSandbox all that share it", () => {
    const known = profile([["a", 1, "RunPodSandbox"], ["b", 2, "RunPodSandbox"], ["c", 3, "PodSandboxStatus"]], { "request.RunPodSandbox.config.hostname.dropped": ["b"] }, ["c"]);
    expect(casesFor(findMutant("request.RunPodSandbox.config.hostname.dropped"), known, new Map())).to.deep.equal(["b", "c"]);
  });
});

describe("writeProfile", () => {
  it("writes what readProfile reads", () => {
    const known = profile([["a", 1, "RunPodSandbox"], ["b", 2, "StopContainer"]], { "request.RunPodSandbox.config.hostname.dropped": ["b", "a"] }, ["a"]);
    expect(readProfile(writeProfile(known))).to.deep.equal(known);
    expect(readProfile(writeProfile({ ...known, read: undefined })).read).to.equal(undefined);
  });
});
