/** The load that the options of `criteria bench` ask for. */
import type { LoadPlan } from "../bench/api.ts";
import { HarnessError } from "../model/errors.ts";
import type { LoadOptions } from "./commands/bench-options.ts";

/** Most in flight of an open load, unless --parallel says more. */
const openInFlight = 64;
const defaults = { parallel: 1, iterations: 50, warmUp: 5, durationMs: 10_000 } as const;
const models = ["rate", "steps", "burst", "density", "soak"] as const;

/** Nothing when the workloads' own phases hold. */
export function loadOf(options: LoadOptions): LoadPlan | undefined {
  const chosen = models.filter((name) => options[name] !== undefined);
  if (chosen.length > 1) throw new HarnessError("USAGE", `--${chosen.join(" and --")} are different loads`, { hint: "Choose one." });
  const warmUp = options.warmUp ?? defaults.warmUp;
  const parallel = options.parallel ?? defaults.parallel;
  if (options.steps !== undefined) return { model: "steps", levels: options.steps, iterations: options.iterations ?? 10, warmUp };
  if (options.burst !== undefined) return { model: "burst", count: options.burst, warmUp };
  if (options.density !== undefined) return { model: "density", residents: options.density, parallel, iterations: options.iterations ?? defaults.iterations, warmUp };
  if (options.soak !== undefined) return { model: "soak", parallel, durationMs: options.soak, warmUp };
  if (options.rate !== undefined) return open(options, options.rate, parallel, warmUp);
  if (options.parallel === undefined && options.iterations === undefined && options.warmUp === undefined && options.duration === undefined) return undefined;
  if (options.duration !== undefined && options.iterations === undefined) return { model: "closed", parallel, iterations: 0, durationMs: options.duration, warmUp };
  return { model: "closed", parallel, iterations: options.iterations ?? defaults.iterations, warmUp };
}

function open(options: LoadOptions, rate: number, parallel: number, warmUp: number): LoadPlan {
  if (!Number.isFinite(rate) || rate <= 0) throw new HarnessError("USAGE", `--rate is ${rate}`, { hint: "Give a number above 0." });
  return {
    model: "open", ratePerSecond: rate, durationMs: options.duration ?? defaults.durationMs, spacing: options.spacing, seed: options.seed,
    inFlight: Math.max(parallel, openInFlight), warmUp,
  };
}
