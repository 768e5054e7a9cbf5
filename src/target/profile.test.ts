import { expect } from "chai";
import { describe, it } from "mocha";
import { readProfile, shippedNames } from "./profile.ts";

describe("readProfile", () => {
  for (const name of shippedNames()) {
    it(`reads the shipped ${name}`, () => {
      const { contract, excludes } = readProfile(name);
      expect(contract).to.match(/^1\.\d+$/);
      expect(excludes.every(({ cases, reason }) => cases !== "" && reason !== "")).to.equal(true);
    });
  }
  it("ships one for each kind of runtime", () => {
    expect(shippedNames()).to.deep.equal(["cri-dockerd", "gvisor", "legacy-v1alpha2", "linux-runc", "rootless", "vm", "windows"]);
  });
  it("names what is shipped when there is no such profile", () => {
    expect(() => readProfile("absent")).to.throw("there is no profile 'absent'");
  });
});
