import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { loadCatalog } from "../../catalog/load.ts";
import { measureKeys } from "../../catalog/workload-vocabulary.ts";
import { Iteration } from "../iteration.ts";
import { monotonicMs } from "../load/job.ts";
import { Objects } from "../objects.ts";
import type { Sample } from "../result.ts";
import { FakeClient } from "../testing/fake-client.ts";
import { stampIn } from "./measures/first-instruction.ts";
import { measures } from "./measures/measures.ts";
import type { WorkloadStep } from "./plan.ts";
import { render, runIteration } from "./run-iteration.ts";
import { workloadOf } from "./workload.ts";

const catalog = loadCatalog({ folder: "workloads" });
const workloads = catalog.workloads.map(workloadOf);

async function run(steps: readonly WorkloadStep[], client = new FakeClient(), bindings = {}): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>();
  const iteration = new Iteration({
    client, objects: new Objects(), settings: { runId: "run", probeImage: "probe", logDir: "/tmp", handler: "" }, deadlineMs: 1000, originMs: performance.now(),
    record: (name, sample) => void samples.set(name, [...(samples.get(name) ?? []), sample]),
  });
  await runIteration({ name: "test", given: [], steps, bindings }, iteration, 0);
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

  it("takes the first instruction from the log, and distrusts another clock", async () => {
    const folder = mkdtempSync(join(tmpdir(), "criteria-stamp-"));
    const log = join(folder, "0.log");
    const first = async (stampMs: number): Promise<Sample | undefined> => {
      const line = `2026-01-01T00:00:00Z stdout F {"monotonic_ns":${Math.round(stampMs * 1e6)},"pid":1}\n`;
      const client = new FakeClient({ delayMs: () => 20 });
      setTimeout(() => writeFileSync(log, line), 15);
      return (await run([step("StartContainer", {}), step("firstInstruction", { log }, { series: "first" })], client)).get("first")?.[0];
    };
    try {
      const stamped = monotonicMs() + 10;
      expect((await first(stamped))?.code).to.equal("OK");
      rmSync(log);
      expect((await first(monotonicMs() - 60_000))?.code).to.equal("FAILED_PRECONDITION");
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect([stampIn("x"), stampIn('stdout F {"monotonic_ns":2500000}')]).to.deep.equal([undefined, 2.5]);
  });

  it("fills in paths and expressions", () => {
    expect(render({ a: "${pod.id}", b: ["x-${index}", "${index + 1}"], c: 3n }, { pod: { id: "p" }, index: 4n })).to.deep.equal({ a: "p", b: ["x-4", 5n], c: 3n });
    expect(() => render("${pod.name}", { pod: {} })).to.throw("has no value here");
  });
});
