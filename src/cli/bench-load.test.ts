import { expect } from "chai";
import { describe, it } from "mocha";
import { HarnessError } from "../model/errors.ts";
import { workloadOfPlan, podPlan } from "../bench/testing/workloads.ts";
import { loadOf } from "./bench-load.ts";

const load = (options: Parameters<typeof loadOf>[0]): ReturnType<typeof loadOf> => loadOf(options, []);

function problemOf(options: Parameters<typeof load>[0]): string {
  try {
    load(options);
    return "";
  } catch (thrown) {
    return thrown instanceof HarnessError ? `${thrown.code}: ${thrown.message}. ${thrown.hint}` : String(thrown);
  }
}

describe("loads of the command line", () => {
  it("are what the options say, with defaults for the rest", () => {
    expect(load({})).to.equal(undefined);
    expect(load({ resident: 3 })).to.equal(undefined);
    expect(load({ warmUp: 1 })).to.deep.equal({ model: "closed", parallel: 1, iterations: 50, warmUp: 1 });
    expect(load({ duration: 2000, parallel: 3 })).to.deep.equal({ model: "closed", parallel: 3, iterations: 0, durationMs: 2000, warmUp: 5 });
    expect(load({ rate: 5, resident: 3 })).to.deep.equal({ model: "open", ratePerSecond: 5, durationMs: 10_000, spacing: "poisson", seed: 1, inFlight: 64, warmUp: 5 });
    expect(load({ rate: 5, parallel: 100, duration: 500, spacing: "even", seed: 7 })).to.include({ durationMs: 500, spacing: "even", seed: 7, inFlight: 100 });
    expect(load({ steps: [1, 2], iterations: 3, resident: 3 })).to.deep.equal({ model: "steps", levels: [1, 2], iterations: 3, warmUp: 5 });
    expect(load({ burst: 30, warmUp: 0 })).to.deep.equal({ model: "burst", count: 30, warmUp: 0 });
    expect(load({ density: [0, 5], parallel: 2, iterations: 3 })).to.deep.equal({ model: "density", residents: [0, 5], parallel: 2, iterations: 3, warmUp: 5 });
    expect(load({ soak: 1000, parallel: 2 })).to.deep.equal({ model: "soak", parallel: 2, durationMs: 1000, warmUp: 5 });
  });

  const refused = [
    [{ density: [50], resident: 10 }, "--density takes no --resident"], [{ density: [50], duration: 1 }, "--density takes no --duration"],
    [{ burst: 3, parallel: 2 }, "--burst takes no --parallel"], [{ burst: 3, iterations: 2 }, "--burst takes no --iterations"], [{ burst: 3, duration: 2 }, "--burst takes no --duration"],
    [{ steps: [1], parallel: 2 }, "--steps takes no --parallel"], [{ steps: [1], duration: 2 }, "--steps takes no --duration"],
    [{ soak: 1, iterations: 2 }, "--soak takes no --iterations"], [{ soak: 1, duration: 2 }, "--soak takes no --duration"],
    [{ rate: 1, iterations: 2 }, "--rate takes no --iterations"], [{ duration: 1, iterations: 2 }, "--iterations and --duration are two ends of one load"],
    [{ spacing: "even" }, "a closed load takes no --spacing"], [{ seed: 4, parallel: 2 }, "a closed load takes no --seed"], [{ soak: 1, seed: 4 }, "--soak takes no --seed"],
  ] as const;
  for (const [options, problem] of refused) {
    it(`are refused where an option would change nothing: ${problem}`, () => {
      expect(problemOf(options)).to.match(new RegExp(`^USAGE: ${problem}\\. \\S`));
    });
  }

  it("of a mix say how long it runs, beside pods that rest or none", () => {
    const mix = workloadOfPlan(podPlan, { name: "both", mix: [{ workload: "load.pods", ratePerSecond: 1 }] });
    expect(loadOf({ resident: 3 }, [mix])).to.equal(undefined);
    expect(loadOf({ soak: 1000, resident: 3 }, [mix])).to.include({ model: "soak", durationMs: 1000 });
    expect(loadOf({ duration: 1000 }, [mix])).to.include({ model: "closed", durationMs: 1000 });
    expect(() => loadOf({ warmUp: 1, steps: [2], duration: 1000 }, [mix])).to.throw("both is a mix, which runs at its own rates: --steps and --warm-up would not change it");
  });

  it("are refused with a hint that names what takes the option", () => {
    expect(problemOf({ seed: 4 })).to.equal("USAGE: a closed load takes no --seed. It takes --parallel, --iterations, --duration, --warm-up, --resident; --seed goes with --rate.");
    expect(problemOf({ burst: 1, iterations: 4 })).to.equal("USAGE: --burst takes no --iterations. It takes --warm-up, --resident; --iterations goes with a closed load, --steps, --density.");
  });
});
