import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { fromCritest } from "./critest.ts";
import { fromGhz } from "./ghz.ts";

const fixture = (name: string): string => readFileSync(new URL(`../../../fixtures/imports/${name}`, import.meta.url), "utf8");

describe("importers", () => {
  it("reads critest's containers in the order of their samples", () => {
    const result = fromCritest(fixture("critest-container.json"));
    expect(result.series.map(({ name }) => name)).to.deep.equal(["CreateContainer", "StartContainer", "ContainerStatus", "StopContainer", "RemoveContainer"]);
    // The file's second datapoint is sample 0: it began first, and its nanoseconds do not fit a double.
    expect(result.series[0]?.samples.slice(0, 2)).to.deep.equal([{ startNs: 0, durationNs: 7991565, code: "OK" }, { startNs: 5654817, durationNs: 5151456, code: "OK" }]);
    expect(result.series[1]?.samples[0]?.startNs).to.equal(7991565);
    expect([result.series[0]?.flags, result.load.parallel]).to.deep.equal([["includes-image-lookup"], 2]);
  });

  it("reads critest's pods under the names of RPCs", () => {
    expect(fromCritest(fixture("critest-pod.json")).series.map(({ name, samples }) => [name, samples.length])).to.deep.equal([
      ["RunPodSandbox", 4], ["PodSandboxStatus", 4], ["StopPodSandbox", 4], ["RemovePodSandbox", 4],
    ]);
  });

  it("reads ghz's details with their status, in the order in which they ended", () => {
    const [version] = fromGhz(fixture("ghz.json")).series;
    expect(version?.name).to.equal("Version");
    expect(version?.samples).to.deep.equal([
      { startNs: 0, durationNs: 2e6, code: "OK" }, { startNs: 500_250, durationNs: 4e6, code: "OK" }, { startNs: 3_500_000, durationNs: 6e6, code: "DEADLINE_EXCEEDED" },
    ]);
    expect(version?.summary).to.include({ count: 3, errors: 1, p50: 3e6 });
  });

  for (const [text, problem] of [["", "not JSON"], ["[]", "not an object"], ["{}", "operationsNames is not a list"], ['{"operationsNames":[],"datapoints":[{}]}', "operationsDurationsNs"]] as const) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => fromCritest(text)).to.throw(problem));
  }
});
