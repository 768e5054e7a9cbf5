import { expect } from "chai";
import { describe, it } from "mocha";
import { messageOf } from "../../model/errors.ts";
import type { LoadPlan } from "../load/load-plan.ts";
import { podPlan, workloadOfPlan } from "../testing/workloads.ts";
import { type Asked, checkLoads, describeLoads } from "./loads.ts";
import type { Phase } from "./workload.ts";

const phase = (durationMs: number): Phase => ({ load: { model: "open", ratePerSecond: 1, durationMs, spacing: "even", seed: 1, inFlight: 8, warmUp: 0 }, counted: true });
const mix = workloadOfPlan(podPlan, { id: "load.mix", name: "mix", mix: [{ workload: "load.pods", ratePerSecond: 50 }], phases: [phase(200)] });
const asked = (load?: LoadPlan, workloads = [mix], known = [mix, workloadOfPlan(podPlan)]): Asked => ({ workloads, known, ...(load === undefined ? {} : { load }) });
const problem = (...args: Parameters<typeof asked>): string => {
  try {
    checkLoads(asked(...args));
    return "";
  } catch (thrown) {
    return messageOf(thrown);
  }
};

describe("loads", () => {
  it("of a mix can be asked to last longer, and nothing else", () => {
    expect(problem()).to.equal("");
    expect(problem({ model: "soak", parallel: 1, durationMs: 500, warmUp: 5 })).to.equal("");
    for (const load of [
      { model: "open", ratePerSecond: 50, durationMs: 10_000, spacing: "poisson", seed: 1, inFlight: 64, warmUp: 5 }, { model: "burst", count: 3, warmUp: 0 },
      { model: "closed", parallel: 4, iterations: 0, durationMs: 500, warmUp: 5 }, { model: "closed", parallel: 1, iterations: 9, warmUp: 5 },
    ] as const) expect(problem(load)).to.contain(`mix is a mix, which runs at its own rates: it cannot run under model=${load.model}`);
  });

  it("are told as they ran", () => {
    const line = describeLoads(asked({ model: "closed", parallel: 1, iterations: 0, durationMs: 500, warmUp: 5 }));
    expect(line).to.equal("mix: pods model=open ratePerSecond=50 durationMs=500 spacing=even seed=1 inFlight=8 warmUp=0");
  });

  it("that would begin nothing are refused", () => {
    const load = { model: "open", ratePerSecond: 0.05, durationMs: 5000, spacing: "poisson", seed: 1, inFlight: 64, warmUp: 5 } as const;
    expect(problem(load, [workloadOfPlan(podPlan)])).to.contain("no iteration would begin under model=open ratePerSecond=0.05");
    expect(problem({ ...load, spacing: "even" }, [workloadOfPlan(podPlan)])).to.equal("");
  });

  it("have images for a bounded number in flight, in a mix too", () => {
    const pulls = workloadOfPlan({ ...podPlan, given: [{ kind: "image", variable: "image", keys: {} }] });
    const wide = workloadOfPlan(podPlan, { ...mix, phases: [{ load: { ...phase(200).load, inFlight: 129 } as LoadPlan, counted: true }] });
    expect(problem(undefined, [wide], [wide, pulls])).to.contain("each of 129 iterations of pods in flight wants images");
    expect([problem(undefined, [mix], [mix, pulls]), problem(undefined, [wide], [wide, workloadOfPlan(podPlan)])]).to.deep.equal(["", ""]);
  });

  it("mix what is there, and no mixes", () => {
    expect(problem(undefined, [mix], [mix])).to.contain("load.mix mixes load.pods, which is not there");
    const nested = { ...mix, mix: [{ workload: "load.mix", ratePerSecond: 1 }] };
    expect(problem(undefined, [nested])).to.contain("which is a mix itself");
  });
});
