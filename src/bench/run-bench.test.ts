import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { describe, it } from "mocha";
import { HarnessError } from "../model/errors.ts";
import { FakeClient } from "./testing/fake-client.ts";
import { lifecycleNames } from "./lifecycle.ts";
import { runBench } from "./run-bench.ts";

const settings = { probeImage: "probe", logDir: "/tmp/logs", operations: ["container-lifecycle"] };
const schema: unknown = JSON.parse(readFileSync(new URL("../../docs/schemas/benchmark.schema.json", import.meta.url), "utf8"));

describe("runBench", () => {
  it("keeps every sample of every call, in the schema's form", async () => {
    const client = new FakeClient();
    const result = await runBench({ ...settings, connect: async () => client, iterations: 12, warmUp: 2, parallel: 4 });
    expect(result.series.map((series) => [series.name, series.samples.length])).to.deep.equal([
      ["RunPodSandbox", 12], ["CreateContainer", 12], ["StartContainer", 12], ["StopContainer", 12],
      ["RemoveContainer", 12], ["StopPodSandbox", 12], ["RemovePodSandbox", 12],
    ]);
    expect(client.calls.filter((rpc) => rpc === "StartContainer")).to.have.length(14);
    expect([client.pods.size, client.closed, result.leftovers]).to.deep.equal([0, true, []]);
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(Object(schema));
    expect(validate(JSON.parse(JSON.stringify(result))), JSON.stringify(validate.errors)).to.equal(true);
  });

  it("looks at images before the first timed call only", async () => {
    const client = new FakeClient();
    await runBench({ ...settings, connect: async () => client, iterations: 3, warmUp: 0 });
    expect(client.calls.lastIndexOf("PullImage")).to.be.lessThan(client.calls.indexOf("RunPodSandbox"));
    expect(client.calls.lastIndexOf("ImageStatus")).to.be.lessThan(client.calls.indexOf("RunPodSandbox"));
  });

  it("keeps the other samples when a call fails, counts the failure and goes on", async () => {
    const client = new FakeClient({ code: (rpc, nth) => (rpc === "StartContainer" && nth === 3 ? "UNKNOWN" : "OK") });
    const result = await runBench({ ...settings, connect: async () => client, iterations: 10, warmUp: 0 });
    const start = result.series.find((series) => series.name === "StartContainer");
    expect(start?.summary).to.include({ count: 10, errors: 1 });
    expect(start?.summary.codes).to.deep.equal({ OK: 9, UNKNOWN: 1 });
    expect(start?.samples[2]?.code).to.equal("UNKNOWN");
  });

  it("reports wall-clock throughput, not the sum over workers", async () => {
    const client = new FakeClient({ delayMs: (rpc) => (rpc === "RunPodSandbox" ? 20 : 0) });
    const result = await runBench({ ...settings, operations: ["pod-lifecycle"], connect: async () => client, iterations: 16, warmUp: 0, parallel: 8 });
    expect(result.series[0]?.summary.ratePerSecond).to.be.greaterThan(100);
  });

  it("removes what it made when it is aborted in the middle", async () => {
    const client = new FakeClient({ delayMs: () => 2 });
    const abort = new AbortController();
    let seen = 0;
    const onSample = (): void => {
      seen += 1;
      if (seen === 5) abort.abort();
    };
    const result = await runBench({ ...settings, connect: async () => client, iterations: 500, warmUp: 0, parallel: 3, signal: abort.signal, onSample });
    expect([result.interrupted, client.pods.size]).to.deep.equal([true, 0]);
    expect(result.series[0]?.samples.length).to.be.lessThan(20);
  });

  it("refuses a workload that it does not know, and names those that it does", async () => {
    const error: unknown = await runBench({ ...settings, operations: ["lifecycle"], connect: async () => new FakeClient() }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(HarnessError);
    expect(error instanceof HarnessError ? [error.code, error.hint] : []).to.deep.equal(["USAGE", `Use one of: ${lifecycleNames.join(", ")}`]);
  });
});
