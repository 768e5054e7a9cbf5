import { expect } from "chai";
import { describe, it } from "mocha";
import type { Answer } from "../../cri/client.ts";
import type { Message } from "../../cri/message.ts";
import { messageOf } from "../../model/errors.ts";
import type { BenchOptions } from "../bench-options.ts";
import type { LoadPlan } from "../load/load-plan.ts";
import type { BenchResult } from "../result.ts";
import { runBench } from "../run-bench.ts";
import { FakeClient } from "../testing/fake-client.ts";
import { workloadOfPlan } from "../testing/workloads.ts";
import { partOfPlan, type WorkloadPlan } from "./plan.ts";

/** Remembers which images are there, and what was pulled warm or beside something else. */
class ImageClient extends FakeClient {
  readonly there = new Set<string>();
  readonly busy = new Set<string>();
  readonly faults: string[] = [];

  override async call(rpc: string, request: Message): Promise<Answer> {
    const ref = String(Object(request["image"])["image"] ?? "");
    if (!["PullImage", "RemoveImage"].includes(rpc) || ref === "probe") return super.call(rpc, request);
    if (this.busy.has(ref)) this.faults.push(`${rpc} of ${ref} while another call had it`);
    if (rpc === "PullImage" && this.there.has(ref)) this.faults.push(`${ref} was pulled warm`);
    this.busy.add(ref);
    const answer = await super.call(rpc, request);
    this.busy.delete(ref);
    if (answer.code === "OK") this.there[rpc === "PullImage" ? "add" : "delete"](ref);
    return answer;
  }
}

const pull: WorkloadPlan = {
  name: "pull", bindings: {}, given: [{ kind: "image", variable: "image", keys: { state: "served" } }],
  steps: [{ verb: "PullImage", input: { image: { image: "${image.ref}" } }, series: "pull_cold", measured: true }],
};

async function bench(load: LoadPlan, client = new ImageClient({ delayMs: () => 3 }), more: Partial<BenchOptions> = {}): Promise<{ client: ImageClient; served: number; result: BenchResult }> {
  let served = 0;
  const serveImage = (): { ref: string; digest: string } => { served += 1; return { ref: `image-${served}`, digest: "" }; };
  const result = await runBench({ probeImage: "probe", logDir: "/tmp/logs", workloads: [workloadOfPlan(pull)], connect: async () => client, load, serveImage, ...more });
  return { client, served, result };
}

describe("images of iterations", () => {
  it("are served once for each iteration in flight, and each pull of them is cold and alone", async () => {
    const { client, served, result } = await bench({ model: "closed", parallel: 4, iterations: 20, warmUp: 4 });
    expect([served, client.faults, [...client.there], result.leftovers]).to.deep.equal([4, [], [], []]);
    expect(result.series.map(({ name, summary }) => [name, summary.count, summary.errors])).to.deep.equal([["pull_cold", 20, 0]]);
  });

  it("are as many as an open load may have in flight", async () => {
    const { client, served } = await bench({ model: "open", ratePerSecond: 500, durationMs: 100, spacing: "even", seed: 1, inFlight: 6, warmUp: 1 });
    expect([served, client.faults]).to.deep.equal([6, []]);
  });

  it("that cannot be removed are no cold pull: the failure is a sample", async () => {
    const client = new ImageClient({ code: (rpc, nth) => (rpc === "RemoveImage" && nth === 2 ? "INTERNAL" : "OK") });
    const { result } = await bench({ model: "closed", parallel: 1, iterations: 4, warmUp: 0 }, client);
    expect(result.series.map(({ name, summary }) => [name, summary.count, summary.errors])).to.deep.equal([["pull_cold", 3, 0], ["given", 1, 1]]);
    expect(client.faults).to.deep.equal([]);
  });

  it("that stay are told", async () => {
    const client = new ImageClient({ code: (rpc, nth) => (rpc === "RemoveImage" && nth === 2 ? "INTERNAL" : "OK") });
    const { result } = await bench({ model: "closed", parallel: 1, iterations: 1, warmUp: 0 }, client);
    expect(result.leftovers).to.deep.equal(["RemoveImage image-1: INTERNAL "]);
  });

  it("want somebody who serves them, and a bound", async () => {
    const client = new ImageClient();
    const failure = (load: LoadPlan, more = {}): Promise<string> => bench(load, client, more).then(() => "", messageOf);
    expect(await failure({ model: "burst", count: 500, warmUp: 0 })).to.equal("each of 500 iterations of pull in flight wants images of its own");
    expect(client.calls).to.deep.equal([]);
    expect(await failure({ model: "closed", parallel: 1, iterations: 1, warmUp: 0 }, { serveImage: undefined })).to.contain("nothing here serves one");
  });

  it("are dealt to processes, none to two", () => {
    const plan = { ...pull, lanes: [1, 2, 3, 4, 5].map((number) => ({ images: [{ ref: `image-${number}`, digest: "" }] })) };
    const dealt = [0, 1].map((index) => partOfPlan(plan, index, 2).lanes?.map(({ images: [image] }) => image?.ref));
    expect(dealt).to.deep.equal([["image-1", "image-3", "image-5"], ["image-2", "image-4"]]);
  });
});
