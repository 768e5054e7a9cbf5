import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { describe, it } from "mocha";
import { messageOf } from "../../model/errors.ts";
import { runClosedLoop } from "../closed-loop.ts";
import type { Job } from "./job.ts";
import { monotonicMs } from "./job.ts";
import { runOpenLoop } from "./open-loop.ts";
import { markSamples, ProcessWatch } from "./pauses.ts";
import { runInWorkers, split } from "./pool.ts";
import { podPlan } from "../testing/workloads.ts";
import { versionPlan } from "../workload/plan.ts";
import { SampleStore } from "./sample-store.ts";
import { burst, deal, schedule } from "./schedule.ts";

const job = (more: Partial<Job>): Job => ({
  client: { module: new URL("../testing/fake-client.js", import.meta.url).href, exportName: "connectFake", endpoint: "2" },
  settings: { runId: "run", probeImage: "probe", logDir: "/tmp", handler: "" }, plan: podPlan, warmUp: 0, deadlineMs: 1000,
  load: { model: "closed", parallel: 10, iterations: 21 }, originMs: monotonicMs(), ...more,
});

describe("schedule", () => {
  it("spaces evenly, or as Poisson does with the same seed", () => {
    expect(schedule({ ratePerSecond: 10, durationMs: 500, spacing: "even", seed: 1 })).to.deep.equal([0, 100, 200, 300, 400]);
    const poisson = schedule({ ratePerSecond: 100, durationMs: 60_000, spacing: "poisson", seed: 7 });
    expect(poisson).to.deep.equal(schedule({ ratePerSecond: 100, durationMs: 60_000, spacing: "poisson", seed: 7 }));
    // 6000 expected, standard deviation 77.
    expect(poisson.length).to.be.within(5650, 6350);
    expect(deal([1, 2, 3, 4, 5], 2)).to.deep.equal([[1, 3, 5], [2, 4]]);
  });
});

describe("runClosedLoop", () => {
  for (const [how, load] of [["a count", { iterations: 9 }], ["a time", { iterations: 0, durationMs: 60 }]] as const) {
    it(`keeps so many in flight until ${how} is reached`, async () => {
      let [inFlight, most, ended] = [0, 0, 0];
      const wallNs = await runClosedLoop({
        name: "x", parallel: 3, ...load,
        iterate: async () => { inFlight += 1; most = Math.max(most, inFlight); await sleep(5); inFlight -= 1; ended += 1; return 5; },
      });
      expect([most, inFlight]).to.deep.equal([3, 0]);
      if ("durationMs" in load) expect(wallNs).to.be.at.least(60e6);
      else expect(ended).to.equal(9);
    });

    it(`says what failed in the harness, with ${how}`, async () => {
      let begun = 0;
      const thrown: unknown = await runClosedLoop({ name: "x", parallel: 1, ...load, iterate: () => { begun += 1; return Promise.reject(new Error("no such series")); } }).catch((error: unknown) => error);
      expect(messageOf(thrown)).to.equal("An iteration of x failed inside the harness: no such series");
      expect(begun).to.equal("durationMs" in load ? 1 : 9);
    });
  }
});

describe("runOpenLoop", () => {
  it("counts from the intended start, and drops what is beyond the bound", async () => {
    let [begun, dropped] = [0, 0];
    await runOpenLoop({
      startsMs: burst(10), inFlight: 4, beginMs: performance.now(), drop: () => { dropped += 1; },
      iterate: async () => { begun += 1; await sleep(20); },
    });
    expect([begun, dropped]).to.deep.equal([4, 6]);
  });

  it("does not slow down with the runtime", async () => {
    const lateness: number[] = [];
    await runOpenLoop({
      startsMs: [0, 10, 20, 30], inFlight: 10, beginMs: performance.now(), drop: () => undefined,
      iterate: async (intended) => { lateness.push(performance.now() - intended); await sleep(100); },
    });
    expect(Math.max(...lateness)).to.be.lessThan(50);
  });
});

describe("load workers", () => {
  it("have at most eight in flight each and lose no iteration", () => {
    const parts = split(job({ warmUp: 3 }));
    expect(parts.map(({ load, warmUp }) => [load.model === "closed" ? [load.parallel, load.iterations] : [], warmUp])).to.deep.equal([[[5, 11], 2], [[5, 10], 1]]);
  });

  it("bring every sample home, ordered by end", async () => {
    const { series, cost } = await runInWorkers(job({}), "pod-lifecycle");
    expect(series.map(({ name, samples }) => [name, samples.length])).to.deep.equal([["RunPodSandbox", 21], ["StopPodSandbox", 21], ["RemovePodSandbox", 21]]);
    const ends = series[0]?.samples.map(({ startNs, durationNs }) => startNs + durationNs) ?? [];
    expect(ends).to.deep.equal([...ends].sort((a, b) => a - b));
    expect(Math.min(...(series[0]?.samples.map(({ startNs }) => startNs) ?? []))).to.be.greaterThan(0);
    expect(cost.cpuSeconds).to.be.greaterThan(0);
  });

  it("record lateness and drops of an open load", async () => {
    const { series } = await runInWorkers(job({ client: { ...job({}).client, endpoint: "30" }, plan: versionPlan, load: { model: "open", startsMs: burst(12), inFlight: 4 } }), "burst");
    expect(series.find(({ name }) => name === "Version")?.samples.length).to.equal(4);
    expect(series.map(({ name, summary }) => [name, summary.count, summary.dropped])).to.deep.equal([["Version", 4, 8]]);
    expect(series.find(({ name }) => name === "Version")?.samples[0]?.lateNs).to.be.a("number");
  });

  it("end with their last word, be the channel to the runtime closed or not", async () => {
    const ended: number[] = [];
    const { series } = await runInWorkers(job({ client: { ...job({}).client, endpoint: "lingering" } }), "p", undefined, { onRss: (pid, bytes) => void (bytes === 0 && ended.push(pid)) });
    expect(series[0]?.samples.length).to.equal(21);
    expect(ended).to.have.length(2);
  }).timeout(20_000);

  it("say why they failed", async () => {
    const failure = await runInWorkers(job({ client: { ...job({}).client, endpoint: "unreachable" } }), "p").then(() => "", messageOf);
    expect(failure).to.contain("no such socket");
  });

  it("hand samples on while they measure, and stop when told", async () => {
    const abort = new AbortController();
    const onSamples = (): void => abort.abort();
    const { series } = await runInWorkers(job({ load: { model: "closed", parallel: 2, iterations: 1e6 } }), "p", abort.signal, { onSamples });
    expect(series[0]?.samples.length).to.be.greaterThan(0);
  });
});

describe("markSamples", () => {
  it("marks the samples that overlap a pause", () => {
    const samples = [{ startNs: 0, durationNs: 1e6, code: "OK" as const }, { startNs: 2e6, durationNs: 1e6, code: "OK" as const }];
    const marked = markSamples(samples, [{ mark: "gc", startMs: 102.5, endMs: 104 }], 100);
    expect(marked.map(({ marks }) => marks)).to.deep.equal([undefined, ["gc"]]);
  });
});

describe("ProcessWatch", () => {
  it("tells how much later than its tick the event loop was, not the tick", async () => {
    // The best of several: a host that is busy delays some of them in truth.
    const delays: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const watch = new ProcessWatch();
      await sleep(40);
      delays.push(watch.stop().eventLoopDelayP99Ns);
    }
    expect(Math.min(...delays)).to.be.below(4e6);
  });
});

describe("SampleStore", () => {
  it("gives back what it was given, in the order of the ends", () => {
    const store = new SampleStore();
    const late = { startNs: 5, durationNs: 10, code: "OK" as const, lateNs: 3, marks: ["gc" as const, "event-loop" as const] };
    const early = { startNs: 6, durationNs: 2, code: "NOT_FOUND" as const };
    for (let index = 0; index < 2000; index += 1) store.add("call", [late]);
    store.add("call", [early]);
    const [series, ...others] = store.toSeries("phase", { wallNs: 1e9, dropped: 0, names: ["call", "other"] });
    expect(series?.samples.length).to.equal(2001);
    expect(series?.samples.slice(0, 2)).to.deep.equal([early, late]);
    expect(series?.summary).to.include({ count: 2001, errors: 1, dropped: 0, late: 0, p50: 10, max: 10, errorP50: 2 });
    expect(series).not.to.have.property("thinned");
    expect(others).to.deep.equal([]);
  });

  it("counts an iteration that was dropped in each series that it would have had", () => {
    const store = new SampleStore();
    store.add("call", [{ startNs: 5, durationNs: 10, code: "OK" }]);
    const series = store.toSeries("phase", { wallNs: 1e9, dropped: 4, names: ["call", "other"] });
    expect(series.map(({ name, summary }) => [name, summary.count, summary.dropped])).to.deep.equal([["call", 1, 4], ["other", 0, 4]]);
  });

  it("holds evenly chosen samples of very many, and the figures of all", () => {
    const store = new SampleStore();
    const samples = Array.from({ length: 250_000 }, (_, index) => ({ startNs: index, durationNs: index === 1 ? 1e9 : 10, code: "OK" as const }));
    store.add("call", samples);
    const [series] = store.toSeries("phase", { wallNs: 1e9, dropped: 0, names: ["call"] });
    expect([series?.thinned, series?.samples.length]).to.deep.equal([3, 83_334]);
    expect(series?.samples.slice(0, 3).map(({ startNs }) => startNs)).to.deep.equal([0, 3, 6]);
    expect(series?.summary).to.include({ count: 250_000, max: 1e9, p50: 10, ratePerSecond: 250_000 });
  });
});
