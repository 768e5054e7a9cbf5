import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { describe, it } from "mocha";
import { messageOf } from "../model/errors.ts";
import type { BenchOptions } from "./bench-options.ts";
import { IncompleteBench } from "./incomplete.ts";
import type { LoadPlan } from "./load/load-plan.ts";
import { runBench } from "./run-bench.ts";
import { kneeOf } from "./run-workload.ts";
import { FakeClient } from "./testing/fake-client.ts";
import { containerPlan, podPlan, workloadOfPlan } from "./testing/workloads.ts";

const settings = { probeImage: "probe", logDir: "/tmp/logs", workloads: [workloadOfPlan(containerPlan)] };
const schema: unknown = JSON.parse(readFileSync(new URL("../../docs/schemas/benchmark.schema.json", import.meta.url), "utf8"));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(Object(schema));
/** What the schema says against a result. */
const breachOf = (result: unknown): string => {
  validate(JSON.parse(JSON.stringify(result)));
  return JSON.stringify(validate.errors);
};
const closed = (iterations: number, parallel = 1, warmUp = 0): LoadPlan => ({ model: "closed", iterations, parallel, warmUp });
const bench = (client: FakeClient, load: LoadPlan, more: Partial<BenchOptions> = {}): ReturnType<typeof runBench> => runBench({ ...settings, connect: async () => client, load, ...more });

describe("runBench", () => {
  it("keeps every sample of every call, in the schema's form", async () => {
    const client = new FakeClient();
    const result = await bench(client, closed(12, 4, 2));
    expect(result.series.map((series) => [series.name, series.samples.length])).to.deep.equal([
      ["RunPodSandbox", 12], ["CreateContainer", 12], ["StartContainer", 12], ["StopContainer", 12],
      ["RemoveContainer", 12], ["StopPodSandbox", 12], ["RemovePodSandbox", 12],
    ]);
    expect(client.calls.filter((rpc) => rpc === "StartContainer")).to.have.length(14);
    expect([client.pods.size, client.closed, result.leftovers]).to.deep.equal([0, true, []]);
    expect(breachOf(result)).to.equal("null");
  });

  it("looks at images before the first timed call only", async () => {
    const client = new FakeClient();
    await bench(client, closed(3));
    expect(client.calls.lastIndexOf("PullImage")).to.be.lessThan(client.calls.indexOf("RunPodSandbox"));
    expect(client.calls.lastIndexOf("ImageStatus")).to.be.lessThan(client.calls.indexOf("RunPodSandbox"));
  });

  it("keeps the other samples when a call fails, counts the failure, removes the pod and goes on", async () => {
    const client = new FakeClient({ code: (rpc, nth) => (rpc === "StartContainer" && nth === 3 ? "UNKNOWN" : "OK") });
    const result = await bench(client, closed(10));
    const start = result.series.find((series) => series.name === "StartContainer");
    expect(start?.summary).to.include({ count: 10, errors: 1 });
    expect(start?.summary.codes).to.deep.equal({ OK: 9, UNKNOWN: 1 });
    expect(start?.samples.filter(({ code }) => code === "UNKNOWN")).to.have.length(1);
    expect(result.series.find((series) => series.name === "StopContainer")?.summary.count).to.equal(9);
    expect(client.pods.size).to.equal(0);
  });

  it("reports wall-clock throughput, not the sum over workers", async () => {
    const client = new FakeClient({ delayMs: (rpc) => (rpc === "RunPodSandbox" ? 20 : 0) });
    const result = await bench(client, closed(16, 8), { workloads: [workloadOfPlan(podPlan)] });
    const { ratePerSecond, mean } = result.series[0]?.summary ?? expect.fail("nothing was measured");
    // What is in flight (Little's law): 8 here, and 1 where the times of calls side by side are added up.
    expect(ratePerSecond * (mean ?? 0) / 1e9).to.be.greaterThan(2);
  });

  it("removes what it made when it is aborted in the middle", async () => {
    const client = new FakeClient({ delayMs: () => 2 });
    const abort = new AbortController();
    let seen = 0;
    const onSamples = (): void => {
      seen += 1;
      if (seen === 5) abort.abort();
    };
    const result = await bench(client, closed(500, 3), { signal: abort.signal, onSamples });
    expect([result.interrupted, client.pods.size]).to.deep.equal([true, 0]);
    expect(result.series[0]?.samples.length).to.be.lessThan(20);
  });

  it("makes pods that rest, ever more of them, and removes them", async () => {
    const client = new FakeClient();
    const result = await bench(client, { model: "density", residents: [0, 3], parallel: 1, iterations: 2, warmUp: 0 }, { workloads: [workloadOfPlan(podPlan)] });
    expect([...new Set(result.series.map(({ phase }) => phase))]).to.deep.equal(["pods/density=0", "pods/density=3"]);
    expect(client.calls.filter((rpc) => rpc === "RunPodSandbox")).to.have.length(3 + 4);
    expect(client.pods.size).to.equal(0);
  });

  it("runs the cells and phases of a workload, judges its budget and tells the knee", async () => {
    const workload = workloadOfPlan(podPlan, {
      cells: [{ label: "n=1", matrix: { n: 1n } }, { label: "n=2", matrix: { n: 2n } }],
      phases: [{ load: { model: "steps", levels: [1, 2], iterations: 3, warmUp: 0 }, counted: true }],
      budget: [{ about: "It is fast.", that: "samples.RunPodSandbox.p99 < duration('1h')" }, { about: "It makes one.", that: "samples.RunPodSandbox.count == 1" }],
    });
    const result = await runBench({ ...settings, workloads: [workload], connect: async () => new FakeClient() });
    expect([...new Set(result.series.map(({ phase }) => phase))]).to.deep.equal(["pods/n=1/workers=1", "pods/n=1/workers=2", "pods/n=2/workers=1", "pods/n=2/workers=2"]);
    expect(result.budgets?.map(({ workload: of, ok }) => [of, ok])).to.deep.equal([["pods/n=1", true], ["pods/n=1", false], ["pods/n=2", true], ["pods/n=2", false]]);
    expect(result.budgets?.[1]?.message).to.contain("pods/n=1/workers=1 RunPodSandbox: p50");
    expect(result.knees).to.have.length(2);
  });

  it("judges a budget by what was dropped, under the name of each series", async () => {
    const workload = workloadOfPlan(podPlan, {
      phases: [{ load: { model: "open", ratePerSecond: 100, durationMs: 200, spacing: "even", seed: 1, inFlight: 1, warmUp: 0 }, counted: true }],
      budget: [{ about: "All begin.", that: "samples.RunPodSandbox.dropped == 0" }, { about: "None is lost.", that: "samples.RunPodSandbox.count + samples.RunPodSandbox.dropped == 20" }],
    });
    const result = await runBench({ ...settings, workloads: [workload], connect: async () => new FakeClient({ delayMs: () => 50 }) });
    expect(result.budgets?.map(({ ok }) => ok)).to.deep.equal([false, true]);
    expect(result.budgets?.[0]?.message).to.match(/RunPodSandbox: p50 .*, [1-9]\d* dropped/);
    expect(result.series.map(({ name }) => name)).to.deep.equal(["RunPodSandbox", "StopPodSandbox", "RemovePodSandbox"]);
  });

  it("finds the knee where more in flight stops to help", () => {
    const levels = [[1, 10], [2, 19], [4, 34], [8, 36], [16, 36]].map(([parallel = 0, ratePerSecond = 0]) => ({ parallel, ratePerSecond }));
    expect(kneeOf("w", levels).parallel).to.equal(4);
  });

  it("takes the rate of a level from what came OK, not from a step that fails by rights", async () => {
    const plan = { ...podPlan, steps: [{ verb: "RemoveImage", input: {}, series: "RemoveImage", measured: true, codes: ["any"] }, ...podPlan.steps] };
    const workload = workloadOfPlan(plan, { phases: [{ load: { model: "steps", levels: [1, 2], iterations: 3, warmUp: 0 }, counted: true }] });
    const result = await runBench({ ...settings, workloads: [workload], connect: async () => new FakeClient({ code: (rpc) => (rpc === "RemoveImage" ? "NOT_FOUND" : "OK") }) });
    expect(result.knees?.[0]?.levels.every(({ ratePerSecond }) => ratePerSecond > 0)).to.equal(true);
  });

  it("mixes workloads, each at its own rate", async () => {
    const mix = workloadOfPlan(podPlan, {
      id: "load.mix", name: "mix", mix: [{ workload: "load.pods", ratePerSecond: 50 }, { workload: "load.containers", ratePerSecond: 20 }],
      phases: [{ load: { model: "open", ratePerSecond: 1, durationMs: 200, spacing: "even", seed: 1, inFlight: 8, warmUp: 0 }, counted: true }],
    });
    const known = [mix, workloadOfPlan(podPlan), workloadOfPlan(containerPlan)];
    const result = await runBench({ ...settings, workloads: [mix], known, connect: async () => new FakeClient() });
    const runs = result.series.filter(({ name }) => name === "RunPodSandbox").map(({ phase, samples }) => [phase, samples.length]);
    expect(runs).to.deep.equal([["mix/pods", 10], ["mix/containers", 4]]);
  });

  it("gives the phases of a mix names of their own", async () => {
    const phase = { load: { model: "open", ratePerSecond: 1, durationMs: 100, spacing: "even", seed: 1, inFlight: 8, warmUp: 0 }, counted: true } as const;
    const mix = workloadOfPlan(podPlan, { id: "load.mix", name: "mix", mix: [{ workload: "load.pods", ratePerSecond: 50 }], phases: [phase, phase] });
    const options = { ...settings, workloads: [mix], known: [mix, workloadOfPlan(podPlan)] };
    const result = await runBench({ ...options, connect: async () => new FakeClient() });
    expect([...new Set(result.series.map(({ phase: name }) => name))]).to.deep.equal(["mix/phase=1/pods", "mix/phase=2/pods"]);
    const longer = await runBench({ ...options, connect: async () => new FakeClient(), load: { model: "soak", parallel: 1, durationMs: 200, warmUp: 5 } });
    expect(longer.load.model).to.equal("workload");
    expect(longer.load.plan).to.contain("ratePerSecond=50 durationMs=200");
    expect(longer.series[0]?.samples.length).to.equal(10);
  });

  it("tells equal phases apart, and what does not count", async () => {
    const load = closed(2);
    const heard = new Set<string>();
    const result = await runBench({
      ...settings, connect: async () => new FakeClient(), onSamples: (_name, phase) => heard.add(phase),
      workloads: [workloadOfPlan(podPlan, { phases: [{ load, counted: false }, { load, counted: true }, { load, counted: true }] })],
    });
    expect([...new Set(result.series.map(({ phase }) => phase))]).to.deep.equal(["pods/workers=1", "pods/workers=1/phase=3"]);
    expect([...heard]).to.include("pods/workers=1/warm-up");
  });

  it("keeps what was measured before a failure, and removes everything", async () => {
    const client = new FakeClient({ delayMs: () => 1, code: (rpc, nth) => (rpc === "RunPodSandbox" && nth > 20 ? "RESOURCE_EXHAUSTED" : "OK") });
    const failure: unknown = await bench(client, { model: "density", residents: [0, 3, 40], parallel: 1, iterations: 2, warmUp: 0 }, { workloads: [workloadOfPlan(podPlan)] }).then(() => undefined, (thrown: unknown) => thrown);
    expect(failure).to.be.instanceOf(IncompleteBench);
    const { result, code, message } = failure as IncompleteBench;
    expect([code, message]).to.deep.equal(["FIXTURE_FAILED", result.notes?.[0]?.replace("incomplete: ", "")]);
    expect(message).to.match(/resident pod \d+ of 40 could not be made: RunPodSandbox: RESOURCE_EXHAUSTED/);
    expect([...new Set(result.series.map(({ phase }) => phase))]).to.deep.equal(["pods/density=0", "pods/density=3"]);
    expect(client.pods.size).to.equal(0);
    expect(result.incomplete).to.equal(true);
    expect(breachOf(result)).to.equal("null");
  });

  it("ends the parts of a mix when one fails, and keeps none that was cut", async () => {
    const phase = { load: { model: "open", ratePerSecond: 1, durationMs: 60_000, spacing: "even", seed: 1, inFlight: 8, warmUp: 0 }, counted: true } as const;
    const broken = workloadOfPlan({ ...podPlan, name: "broken", steps: [{ verb: "Version", input: "${nothing}", series: "Version", measured: true }] });
    const mix = workloadOfPlan(podPlan, { id: "load.mix", name: "mix", mix: [{ workload: "load.pods", ratePerSecond: 50 }, { workload: "load.broken", ratePerSecond: 10 }], phases: [phase] });
    const client = new FakeClient({ delayMs: () => 1 });
    const failure: unknown = await runBench({ ...settings, workloads: [mix], known: [mix, workloadOfPlan(podPlan), broken], connect: async () => client }).then(() => undefined, (thrown: unknown) => thrown);
    expect(failure).to.be.instanceOf(IncompleteBench);
    const { message, result } = failure as IncompleteBench;
    expect([message, result.series, client.pods.size]).to.deep.equal(["${nothing} has no value here", [], 0]);
  });

  it("says in a failure what was left behind", async () => {
    const client = new FakeClient({ code: (rpc) => (rpc === "RemovePodSandbox" || rpc === "CreateContainer" ? "INTERNAL" : "OK") });
    const message = await bench(client, closed(1), { resident: 1 }).then(() => "", messageOf);
    expect(message).to.match(/resident pod 1 of 1 could not be made: CreateContainer: INTERNAL\n {2}left behind: RemovePodSandbox pod-\d+: INTERNAL/);
  });

  it("refuses loads that make no sense", async () => {
    const failure = (load: LoadPlan): Promise<string> => bench(new FakeClient(), load).then(() => "", messageOf);
    expect(await failure(closed(0))).to.equal("iterations is 0");
    expect(await failure({ model: "steps", levels: [], iterations: 1, warmUp: 0 })).to.contain("empty list");
  });
});
