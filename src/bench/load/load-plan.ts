/** The shapes of load, and the stages that each is run in. */
import { HarnessError } from "../../model/errors.ts";
import type { ProcessLoad } from "./execute.ts";
import { burst, schedule } from "./schedule.ts";

/** Starts by a schedule, whatever became of earlier ones. */
export interface OpenLoad {
  readonly ratePerSecond: number;
  readonly durationMs: number;
  readonly spacing: "even" | "poisson";
  readonly seed: number;
  /** A start beyond this many in flight is dropped, and counted. */
  readonly inFlight: number;
}

export type LoadPlan =
  /** The next begins when one has ended: so many iterations, or as long as `durationMs`. */
  | { readonly model: "closed"; readonly parallel: number; readonly iterations: number; readonly warmUp: number; readonly durationMs?: number }
  | ({ readonly model: "open"; readonly warmUp: number } & OpenLoad)
  /** Closed, at one level after the other, to find the knee. `iterations` of each one in flight. */
  | { readonly model: "steps"; readonly levels: readonly number[]; readonly iterations: number; readonly warmUp: number }
  /** All at once. */
  | { readonly model: "burst"; readonly count: number; readonly warmUp: number }
  /** Closed, beside ever more pods that rest. */
  | { readonly model: "density"; readonly residents: readonly number[]; readonly parallel: number; readonly iterations: number; readonly warmUp: number }
  /** Closed for a long time; told minute by minute. */
  | { readonly model: "soak"; readonly parallel: number; readonly durationMs: number; readonly warmUp: number };

/** A part of a load whose samples belong together. */
export interface Stage {
  /** Set where a load has several: `workers=4`, `density=50`. */
  readonly label?: string;
  readonly load: ProcessLoad;
  readonly warmUp: number;
  /** Pods that rest meanwhile. */
  readonly resident?: number;
}

/** What a load is run in, in order. Throws USAGE for one that makes no sense. */
export function stagesOf(plan: LoadPlan): Stage[] {
  check(plan);
  switch (plan.model) {
    case "closed": {
      const { warmUp, ...load } = plan;
      return [{ load, warmUp }];
    }
    case "open": return [{ load: { model: "open", startsMs: schedule(plan), inFlight: plan.inFlight }, warmUp: plan.warmUp }];
    case "steps": return plan.levels.map((parallel) => ({ label: `workers=${parallel}`, load: closed(parallel, plan.iterations * parallel), warmUp: Math.max(plan.warmUp, parallel) }));
    case "burst": return [{ label: `burst=${plan.count}`, load: { model: "open", startsMs: burst(plan.count), inFlight: plan.count }, warmUp: plan.warmUp }];
    case "density": return plan.residents.map((resident) => ({ label: `density=${resident}`, load: closed(plan.parallel, plan.iterations), warmUp: plan.warmUp, resident }));
    case "soak": return [{ label: "soak", load: { ...closed(plan.parallel, 0), durationMs: plan.durationMs }, warmUp: plan.warmUp }];
  }
}

/** One line that two loads share only if they are the same. */
export function describeLoad(plan: LoadPlan): string {
  return Object.entries(plan).map(([key, value]: [string, unknown]) => `${key}=${String(value)}`).join(" ");
}

/** How many are in flight at once, at most: as many as the floor is measured with. */
export function mostInFlight(plan: LoadPlan): number {
  switch (plan.model) {
    case "steps": return Math.max(...plan.levels);
    case "burst": return 1;
    // An open load is meant to have few in flight; what it may have at most says nothing.
    case "open": return 1;
    default: return plan.parallel;
  }
}

function closed(parallel: number, iterations: number): { readonly model: "closed"; readonly parallel: number; readonly iterations: number } {
  return { model: "closed", parallel, iterations };
}

const positive: readonly string[] = ["parallel", "iterations", "count", "inFlight"];

function check(plan: LoadPlan): void {
  for (const [name, value] of Object.entries(plan)) {
    const isList = name === "levels" || name === "residents";
    const numbers: unknown[] = Array.isArray(value) ? value : [value];
    if (isList && numbers.length === 0) throw wrong(name, "an empty list", "Give at least one number.");
    const least = name === "levels" || (positive.includes(name) && !("durationMs" in plan && name === "iterations")) ? 1 : 0;
    if (!isList && !positive.includes(name) && name !== "warmUp") continue;
    for (const number of numbers) {
      if (typeof number !== "number" || !Number.isInteger(number) || number < least) throw wrong(name, String(number), `Give a whole number of at least ${least}`);
    }
  }
  if (plan.model === "open" && !(plan.ratePerSecond > 0)) throw wrong("rate", String(plan.ratePerSecond), "Give a number above 0.");
}

function wrong(name: string, value: string, hint: string): HarnessError {
  return new HarnessError("USAGE", `${name} is ${value}`, { hint });
}
