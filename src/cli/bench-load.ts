/** The load that the options of `criteria bench` ask for. */
import type { LoadPlan, Workload } from "../bench/api.ts";
import { HarnessError } from "../model/errors.ts";
import type { LoadOptions } from "./commands/bench-options.ts";

/** Most in flight of an open load, unless --parallel says more. */
const openInFlight = 64;
const defaults = { parallel: 1, iterations: 50, stepIterations: 10, warmUp: 5, durationMs: 10_000, spacing: "poisson", seed: 1 } as const;

const models = ["rate", "steps", "burst", "density", "soak"] as const;
type Model = (typeof models)[number] | "closed";
const shapes = ["parallel", "iterations", "duration", "warmUp", "spacing", "seed", "resident"] as const satisfies readonly (keyof LoadOptions)[];
type Shape = (typeof shapes)[number];

/** What shapes each load. All else would change nothing, or the label alone: it is refused. */
const takes: Readonly<Record<Model, readonly Shape[]>> = {
  closed: ["parallel", "iterations", "duration", "warmUp", "resident"],
  rate: ["parallel", "duration", "spacing", "seed", "warmUp", "resident"],
  steps: ["iterations", "warmUp", "resident"],
  burst: ["warmUp", "resident"],
  density: ["parallel", "iterations", "warmUp"],
  soak: ["parallel", "warmUp", "resident"],
};

/** What shapes a mix, which has rates and spacing of its own. */
const mixTakes: readonly (keyof LoadOptions)[] = ["duration", "soak", "resident"];

function flagOf(name: keyof LoadOptions): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Nothing when the workloads' own phases hold. Throws USAGE for what would not be what runs. */
export function loadOf(options: LoadOptions, workloads: readonly Workload[]): LoadPlan | undefined {
  checkMixes(options, workloads);
  check(options);
  const load = planOf(options);
  if (load === undefined) checkResident(options, workloads);
  return load;
}

function planOf(options: LoadOptions): LoadPlan | undefined {
  const warmUp = options.warmUp ?? defaults.warmUp;
  const parallel = options.parallel ?? defaults.parallel;
  if (options.steps !== undefined) return { model: "steps", levels: options.steps, iterations: options.iterations ?? defaults.stepIterations, warmUp };
  if (options.burst !== undefined) return { model: "burst", count: options.burst, warmUp };
  if (options.density !== undefined) return { model: "density", residents: options.density, parallel, iterations: options.iterations ?? defaults.iterations, warmUp };
  if (options.soak !== undefined) return { model: "soak", parallel, durationMs: options.soak, warmUp };
  if (options.rate !== undefined) return open(options, options.rate, parallel, warmUp);
  if (options.parallel === undefined && options.iterations === undefined && options.warmUp === undefined && options.duration === undefined) return undefined;
  if (options.duration !== undefined) return { model: "closed", parallel, iterations: 0, durationMs: options.duration, warmUp };
  return { model: "closed", parallel, iterations: options.iterations ?? defaults.iterations, warmUp };
}

function checkMixes(options: LoadOptions, workloads: readonly Workload[]): void {
  const mix = workloads.find((workload) => workload.mix.length > 0);
  const idle = [...models, ...shapes].filter((name) => options[name] !== undefined && !mixTakes.includes(name)).map(flagOf);
  if (mix !== undefined && idle.length > 0) {
    throw new HarnessError("USAGE", `${mix.name} is a mix, which runs at its own rates: ${idle.join(" and ")} would not change it`, { hint: "Say how long with --duration or --soak, or name a workload that is no mix." });
  }
}

function checkResident({ resident }: LoadOptions, workloads: readonly Workload[]): void {
  const dense = workloads.find(({ phases }) => phases.some(({ load }) => load.model === "density"));
  if (resident === undefined || dense === undefined) return;
  throw new HarnessError("USAGE", `${dense.name} says itself how many pods rest, and takes no --resident`, { hint: "Leave it out, or give another load." });
}

function check(options: LoadOptions): void {
  const chosen = models.filter((name) => options[name] !== undefined);
  if (chosen.length > 1) throw new HarnessError("USAGE", `--${chosen.join(" and --")} are different loads`, { hint: "Choose one." });
  const model: Model = chosen[0] ?? "closed";
  const wrong = shapes.find((name) => options[name] !== undefined && !takes[model].includes(name));
  if (wrong !== undefined) {
    const others = models.filter((name) => takes[name].includes(wrong)).map(flagOf);
    throw new HarnessError("USAGE", `${model === "closed" ? "a closed load" : flagOf(model)} takes no ${flagOf(wrong)}`, {
      hint: `It takes ${takes[model].map(flagOf).join(", ")}; ${flagOf(wrong)} goes with ${[...(takes.closed.includes(wrong) ? ["a closed load"] : []), ...others].join(", ")}.`,
    });
  }
  if (model === "closed" && options.iterations !== undefined && options.duration !== undefined) {
    throw new HarnessError("USAGE", "--iterations and --duration are two ends of one load", { hint: "Choose one." });
  }
}

function open(options: LoadOptions, rate: number, parallel: number, warmUp: number): LoadPlan {
  if (!Number.isFinite(rate) || rate <= 0) throw new HarnessError("USAGE", `--rate is ${rate}`, { hint: "Give a number above 0." });
  return {
    model: "open", ratePerSecond: rate, durationMs: options.duration ?? defaults.durationMs, spacing: options.spacing ?? defaults.spacing, seed: options.seed ?? defaults.seed,
    inFlight: Math.max(parallel, openInFlight), warmUp,
  };
}
