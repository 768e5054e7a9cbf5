import { expect } from "chai";
import { describe, it } from "mocha";
import { versionInRange } from "./version-range.ts";
import { parseWaivers, waiversFor } from "./waivers.ts";

const text = `waivers:
  - case: pod-sandbox.stop.*
    requirement: StopPodSandbox-04
    versions: ">=1.6 <2"
    runtime: containerd
    reason: known
  - { case: "*", requirement: GEN-01, versions: "*", reason: known, expires: "2030-02-01", intermittent: true }
`;

describe("waivers", () => {
  it("are read with their lines and chosen by runtime and version", () => {
    const waivers = parseWaivers(text, "w.yaml");
    const target = { runtimeName: "containerd", handler: "", today: "2026-01-01" };
    expect(waivers.map((waiver) => waiver.at)).to.deep.equal(["w.yaml:2", "w.yaml:7"]);
    expect(waiversFor(waivers, { ...target, runtimeVersion: "v1.6.20~ds1" })).to.have.length(2);
    expect(waiversFor(waivers, { ...target, runtimeVersion: "v2.4.2" })).to.have.length(1);
  });
  for (const [wrong, message] of [
    ["waivers: [{ case: a, requirement: b, versions: '*' }]", "needs 'reason'"],
    ["waivers: [{ cases: a }]", "no key 'cases'"],
    ["waivers: [{ case: a, requirement: b, versions: 'new', reason: c }]", "no version range"],
    ["waivers: [{ case: a, requirement: b, versions: '*', reason: c, expires: 'Jan 31 2020' }]", "expires is a date like 2030-01-31"],
    ["waivers: [{ case: a, requirement: b, versions: '*', reason: c, expires: '2026-9-1' }]", "expires is a date like 2030-01-31"],
    ["waivers: [", "w.yaml"],
    ["", "no list"],
  ] as const) {
    it(`refuses ${wrong === "" ? "an empty file" : wrong}`, () => {
      expect(() => parseWaivers(wrong, "w.yaml")).to.throw(message);
    });
  }
});

describe("versionInRange", () => {
  const table: readonly (readonly [string, string, boolean])[] = [
    ["v2.4.2", "*", true], ["2.4.2", "2.4.x", true], ["2.5.0", "2.4.x", false], ["1.6.20~ds1", ">=1.6 <2", true], ["2.0.0-rc.1", "<2", false],
    ["1.6.20", "<=1.6", true], ["1.7.0", ">1.6", true], ["1.6.1", ">1.6", false], ["2.9.0", "^2.4", true], ["2.3.0", "^2.4", false],
    ["2.4.9", "~2.4.2", true], ["2.5.0", "~2.4.2", false], ["3.0.0", "1.x || 3.x", true],
  ];
  for (const [version, range, inside] of table) {
    it(`says ${String(inside)} for ${version} in ${range}`, () => {
      expect(versionInRange(version, range)).to.equal(inside);
    });
  }
});
