import { expect } from "chai";
import { describe, it } from "mocha";
import { type Profile, readProfile, withoutCases, writeProfile } from "./profile.ts";

function profile(cases: readonly (readonly [string, number, string])[], touched: Record<string, readonly string[]> = {}, sharing: readonly string[] = []): Profile {
  return {
    cases: cases.map(([id, ms, rpc]) => ({ id, ms, rpcs: [rpc] })), unfit: [], known: [], invariants: [], read: new Set(), sharing: new Set(sharing),
    touched: new Map(Object.entries(touched).map(([id, ids]) => [id, new Set(ids)])),
  };
}

describe("writeProfile", () => {
  it("writes what readProfile reads", () => {
    const known = profile([["a", 1, "RunPodSandbox"], ["b", 2, "StopContainer"]], { "request.RunPodSandbox.config.hostname.dropped": ["b", "a"] }, ["a"]);
    expect(readProfile(writeProfile(known))).to.deep.equal(known);
    expect(readProfile(writeProfile({ ...known, read: undefined })).read).to.equal(undefined);
  });
});

describe("withoutCases", () => {
  it("leaves out cases, invariants and what is told of them", () => {
    const whole = { ...profile([["a", 1, "RunPodSandbox"], ["b/x=1", 2, "StopContainer"]]), invariants: ["invariant.a", "invariant.b"], unfit: ["c: failed: why", "d: failed: c"] };
    const rest = withoutCases(whole, (id) => ["b/x=1", "invariant.b", "c"].includes(id));
    expect([rest.cases.map(({ id }) => id), rest.invariants, rest.unfit]).to.deep.equal([["a"], ["invariant.a"], ["d: failed: c"]]);
  });
});
