/** What workloads run under: their own phases, or the load that was asked for instead. */
import { HarnessError } from "../../model/errors.ts";
import { describeLoad, type LoadPlan, stagesOf } from "../load/load-plan.ts";
import type { Phase, Workload } from "./workload.ts";

/** Images are served for so many iterations in flight: each takes longer to build than to pull. */
const mostLanes = 128;

/** What the loads of a run are told by. */
export interface Asked {
  readonly workloads: readonly Workload[];
  readonly known?: readonly Workload[];
  readonly load?: LoadPlan;
}

/** The phases of a workload that has an iteration. */
export function phasesOf({ phases }: Workload, load: LoadPlan | undefined): readonly Phase[] {
  return load === undefined ? phases : [{ load, counted: true }];
}

/** One part of a mix, with its load in each phase. */
export interface MixedPart {
  readonly workload: Workload;
  readonly loads: readonly LoadPlan[];
}

/** What runs side by side in a mix. Throws USAGE where more than a duration was asked for, SUITE_INVALID for what cannot be mixed. */
export function mixOf(mix: Workload, { known, workloads, load: asked }: Asked): MixedPart[] {
  const durationMs = durationFor(mix, asked);
  return mix.mix.map(({ workload: id, ratePerSecond }, index) => ({
    workload: partOf(mix, id, known ?? workloads),
    loads: mix.phases.map(({ load }) => {
      if (load.model !== "open") throw new HarnessError("SUITE_INVALID", `${mix.name} has a phase without a duration`, { hint: "Give it `for`." });
      return { ...load, ratePerSecond, seed: load.seed + index, durationMs: durationMs ?? load.durationMs };
    }),
  }));
}

/** How long may be asked for; what is mixed may not. */
function durationFor({ name }: Workload, asked: LoadPlan | undefined): number | undefined {
  if (asked === undefined) return undefined;
  const isDuration = (asked.model === "soak" || (asked.model === "closed" && asked.iterations === 0)) && asked.parallel === 1;
  if (isDuration && asked.durationMs !== undefined) return asked.durationMs;
  throw new HarnessError("USAGE", `${name} is a mix, which runs at its own rates: it cannot run under ${describeLoad(asked)}`, { hint: "Say how long with --duration or --soak alone, or name a workload that is no mix." });
}

function partOf(mix: Workload, id: string, known: readonly Workload[]): Workload {
  const part = known.find((each) => each.id === id);
  if (part === undefined) throw new HarnessError("SUITE_INVALID", `${mix.id} mixes ${id}, which is not there`, { hint: "Name a workload by its id." });
  if (part.mix.length > 0) throw new HarnessError("SUITE_INVALID", `${mix.id} mixes ${id}, which is a mix itself`, { hint: "Name its parts instead." });
  return part;
}

/** What a run will do, thought through before the runtime is touched. Throws for what makes no sense. */
export function checkLoads(asked: Asked): void {
  for (const { workload, loads } of asked.workloads.flatMap((each) => partsOf(each, asked))) {
    for (const load of loads) {
      checkLoad(load);
      checkLanes(workload, load);
    }
  }
}

/** Of a workload that is no mix, itself alone. */
function partsOf(workload: Workload, asked: Asked): MixedPart[] {
  return workload.mix.length > 0 ? mixOf(workload, asked) : [{ workload, loads: phasesOf(workload, asked.load).map(({ load }) => load) }];
}

function checkLanes({ name, iteration }: Workload, load: LoadPlan): void {
  const lanes = lanesOf(load);
  if (lanes <= mostLanes || !iteration.given.some(({ kind }) => kind === "image")) return;
  throw new HarnessError("USAGE", `each of ${lanes} iterations of ${name} in flight wants images of its own`, { hint: `Have at most ${mostLanes} in flight.` });
}

function checkLoad(plan: LoadPlan): void {
  if (!stagesOf(plan).some(({ load }) => load.model === "open" && load.startsMs.length === 0)) return;
  throw new HarnessError("USAGE", `no iteration would begin under ${describeLoad(plan)}`, { hint: "Give it a longer time, a higher rate, or even spacing." });
}

/** All that runs in a line; runs with equal lines had equal loads. */
export function describeLoads(asked: Asked): string {
  return asked.workloads.map((workload) => `${workload.name}: ${workload.mix.length > 0 ? describeMix(workload, asked) : phasesOf(workload, asked.load).map(({ load }) => describeLoad(load)).join(", ")}`).join("; ");
}

function describeMix(mix: Workload, asked: Asked): string {
  return mixOf(mix, asked).map(({ workload, loads }) => `${workload.name} ${loads.map(describeLoad).join(", ")}`).join(" + ");
}

/** How many iterations a load can have in flight. */
export function lanesOf(load: LoadPlan): number {
  switch (load.model) {
    case "steps": return Math.max(...load.levels);
    case "burst": return load.count;
    case "open": return load.inFlight;
    default: return load.parallel;
  }
}
