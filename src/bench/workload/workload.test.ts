import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { loadCatalog } from "../../catalog/load.ts";
import { measureKeys } from "../../catalog/workload-vocabulary.ts";
import { messageOf } from "../../model/errors.ts";
import { Iteration, type IterationContext } from "../iteration.ts";
import { monotonicMs } from "../load/job.ts";
import { Objects } from "../objects.ts";
import type { Sample } from "../result.ts";
import { FakeClient } from "../testing/fake-client.ts";
import { stampIn } from "./measures/first-instruction.ts";
import { measures } from "./measures/measures.ts";
import type { WorkloadPlan, WorkloadStep } from "./plan.ts";
import { render, runIteration } from "./run-iteration.ts";
import { workloadOf } from "./workload.ts";

let folder = "";
before(() => { folder = mkdtempSync(join(tmpdir(), "criteria-workload-")); });
after(() => { rmSync(folder, { recursive: true, force: true }); });

const catalog = loadCatalog({ folder: "workloads" });
const workloads = catalog.workloads.map(workloadOf);

async function run(steps: readonly WorkloadStep[], client = new FakeClient(), { given = [], ...more }: Partial<IterationContext> & Partial<Pick<WorkloadPlan, "given">> = {}): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>();
  const iteration = new Iteration({
    client, objects: new Objects(), settings: { runId: "run", probeImage: "probe", logDir: folder, handler: "" }, deadlineMs: 1000, originMs: performance.now(),
    record: (name, sample) => void samples.set(name, [...(samples.get(name) ?? []), sample]), ...more,
  });
  await runIteration({ name: "test", given, steps, bindings: {} }, iteration, 0);
  return samples;
}

const step = (verb: string, input: unknown, more: Partial<WorkloadStep> = {}): WorkloadStep => ({ verb, input, series: verb, measured: true, ...more });

describe("workloads", () => {
  it("of the harness cover every operation", () => {
    const series = new Set(workloads.flatMap(({ iteration }) => iteration.steps.filter(({ measured }) => measured).map((each) => each.series)));
    expect([...series]).to.include.members([
      "sandbox_ready", "container_created", "start_returned", "first_instruction", "event_seen", "exec_first_byte", "attach", "portforward_connect",
      "stop", "remove", "pull_cold", "pull_warm", "list", "status", "stats", "start_from_scratch",
    ]);
  });

  it("have the measures that the catalog knows", () => {
    expect(Object.keys(measures).filter((name) => name !== "told")).to.have.members(Object.keys(measureKeys));
  });

  it("are read with their cells, loads and rates", () => {
    const find = (name: string): (typeof workloads)[number] | undefined => workloads.find((each) => each.name === name);
    expect(find("list")?.cells).to.deep.equal([0n, 100n, 500n].map((objects) => ({ label: `objects=${objects}`, matrix: { objects } })));
    expect(find("churn")?.phases[0]?.load).to.deep.equal({ model: "density", residents: [0, 50, 110, 250], parallel: 1, iterations: 30, warmUp: 5 });
    expect(find("kubelet")?.mix.map(({ ratePerSecond }) => ratePerSecond)).to.deep.equal([1, 5, 1]);
    expect(find("pull-cold")?.iteration.given.map(({ kind }) => kind), "an image of its own for each in flight").to.deep.equal(["image"]);
    expect(find("node-restart")?.phases[0]?.load).to.deep.include({ model: "burst", count: 30 });
  });
});

describe("runIteration", () => {
  const begun = [step("RunPodSandbox", { config: {} }, { as: "pod" }), step("StopPodSandbox", { pod_sandbox_id: "${pod.pod_sandbox_id}" })];

  it("marks the time since the first call, or since a named one", async () => {
    const samples = await run([...begun, step("mark", {}, { series: "all" }), step("mark", {}, { series: "stop", since: "StopPodSandbox" })], new FakeClient({ delayMs: () => 20 }));
    const of = (name: string): number => (samples.get(name)?.[0]?.durationNs ?? 0) / 1e6;
    expect(of("all")).to.be.at.least(of("RunPodSandbox") + of("StopPodSandbox"));
    expect(of("stop")).to.be.closeTo(of("StopPodSandbox"), 0.001);
  });

  it("removes what the steps leave, outside every sample", async () => {
    const client = new FakeClient();
    const samples = await run(begun.slice(0, 1), client);
    expect([client.pods.size, [...samples.keys()]]).to.deep.equal([0, ["RunPodSandbox"]]);
  });

  it("ends at a status that it was not told to accept", async () => {
    const failing = (): FakeClient => new FakeClient({ code: (rpc) => (rpc === "RemoveImage" ? "NOT_FOUND" : "OK") });
    const steps = (codes: readonly string[]): WorkloadStep[] => [step("RemoveImage", {}, { codes }), step("PullImage", {})];
    expect([...(await run(steps(["OK"]), failing())).keys()]).to.deep.equal(["RemoveImage"]);
    expect([...(await run(steps(["any"]), failing())).keys()]).to.deep.equal(["RemoveImage", "PullImage"]);
    expect([...(await run([step("RemoveImage", {}, { codes: ["any"], measured: false }), step("PullImage", {})], failing())).keys()]).to.deep.equal(["PullImage"]);
  });

  it("tells what ended it, measured or not", async () => {
    const client = new FakeClient({ code: (rpc) => (rpc === "CreateContainer" ? "INTERNAL" : "OK") });
    const samples = await run([...begun.slice(0, 1), step("CreateContainer", {}, { measured: false }), step("StartContainer", {})], client);
    expect([...samples].map(([name, [first]]) => [name, first?.code])).to.deep.equal([["RunPodSandbox", "OK"], ["CreateContainer", "INTERNAL"]]);
  });

  it("does not tell of a call that ended because the run did", async () => {
    const abort = new AbortController();
    const client = new FakeClient({ code: (rpc) => {
      if (rpc !== "CreateContainer") return "OK";
      abort.abort();
      return "CANCELLED";
    } });
    const samples = await run([...begun.slice(0, 1), step("CreateContainer", {}, { measured: false })], client, { signal: abort.signal });
    expect([...samples.keys()]).to.deep.equal(["RunPodSandbox"]);
  });

  it("refuses a first instruction after a start that was measured under another name", async () => {
    const failure = await run([step("StartContainer", {}, { series: "start" }), step("firstInstruction", { log: "/none" })]).then(() => "", messageOf);
    expect(failure).to.contain("firstInstruction counts from StartContainer");
  });

  it("counts lateness from the begin of an iteration, without what it is given and what is not measured", async () => {
    const client = new FakeClient({ delayMs: (rpc) => (rpc === "StartContainer" ? 10 : 150) });
    const given = [{ kind: "pod" as const, variable: "pod", keys: {} }];
    const steps = [step("RemoveImage", {}, { measured: false }), step("StartContainer", {}), step("mark", {}, { series: "all" })];
    const samples = await run(steps, client, { given, intendedMs: performance.now() - 20 });
    const first = samples.get("StartContainer")?.[0];
    const [durationNs, lateNs] = [first?.durationNs ?? 0, first?.lateNs ?? 0];
    // Either other call would add 150. A timer may fire a moment early.
    expect(lateNs / 1e6).to.be.within(20, 140);
    expect((durationNs - lateNs) / 1e6).to.be.within(8, 120);
    expect(samples.get("all")?.[0]?.durationNs).to.equal(first?.durationNs);
  });

  it("marks the first instruction, not the later answer of StartContainer", async () => {
    const log = join(folder, "later.log");
    setTimeout(() => writeFileSync(log, `{"monotonic_ns":${Math.round(monotonicMs() * 1e6)}}\n`), 20);
    const samples = await run([step("StartContainer", {}), step("firstInstruction", { log }, { series: "first" }), step("mark", {}, { series: "pod_running" })], new FakeClient({ delayMs: () => 100 }));
    expect(samples.get("pod_running")?.[0]?.durationNs).to.equal(samples.get("first")?.[0]?.durationNs);
    expect(samples.get("pod_running")?.[0]?.durationNs).to.be.lessThan(samples.get("StartContainer")?.[0]?.durationNs ?? 0);
  });

  it("takes the first instruction from the log, and distrusts another clock", async () => {
    const log = join(folder, "stamped.log");
    const first = async (stampMs: number): Promise<Sample | undefined> => {
      const line = `2026-01-01T00:00:00Z stdout F {"monotonic_ns":${Math.round(stampMs * 1e6)},"pid":1}\n`;
      const client = new FakeClient({ delayMs: () => 20 });
      setTimeout(() => writeFileSync(log, line), 15);
      return (await run([step("StartContainer", {}), step("firstInstruction", { log }, { series: "first" })], client)).get("first")?.[0];
    };
    const stamped = monotonicMs() + 10;
    expect((await first(stamped))?.code).to.equal("OK");
    rmSync(log);
    expect((await first(monotonicMs() - 60_000))?.code).to.equal("FAILED_PRECONDITION");
    expect([stampIn("x"), stampIn('stdout F {"monotonic_ns":2500000}')]).to.deep.equal([undefined, 2.5]);
  });

  it("fills in paths and expressions", () => {
    expect(render({ a: "${pod.id}", b: ["x-${index}", "${index + 1}"], c: 3n }, { pod: { id: "p" }, index: 4n })).to.deep.equal({ a: "p", b: ["x-4", 5n], c: 3n });
    expect(() => render("${pod.name}", { pod: {} })).to.throw("has no value here");
  });
});
