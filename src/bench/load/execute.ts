import type { CriClient } from "../../cri/client.ts";
import { HarnessError } from "../../model/errors.ts";
import { runClosedLoop } from "../closed-loop.ts";
import { Iteration } from "../iteration.ts";
import type { ObjectSettings, Objects } from "../objects.ts";
import type { Recorder } from "../recorder.ts";
import { EventWatch } from "../workload/event-watch.ts";
import { LanePool } from "../workload/lanes.ts";
import type { WorkloadPlan } from "../workload/plan.ts";
import { runIteration } from "../workload/run-iteration.ts";
import { runOpenLoop } from "./open-loop.ts";

/** What one process runs. */
export type ProcessLoad =
  | { readonly model: "closed"; readonly parallel: number; readonly iterations: number; readonly durationMs?: number }
  | { readonly model: "open"; readonly startsMs: readonly number[]; readonly inFlight: number };

export interface LoadTarget {
  readonly client: CriClient;
  readonly objects: Objects;
  readonly settings: ObjectSettings;
  readonly originMs: number;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  readonly events?: EventWatch;
  readonly note?: (text: string) => void;
  /** Gives every iteration of the run a number of its own. */
  readonly nextIndex?: () => number;
}

/** Runs a load of one workload in this process; answers the wall-clock nanoseconds. Without a recorder nothing counts. */
export async function executeLoad(plan: WorkloadPlan, target: LoadTarget, load: ProcessLoad, recorder?: Recorder, beginMs = performance.now()): Promise<number> {
  let count = 0;
  const nextIndex = target.nextIndex ?? (() => count++);
  const lanes = new LanePool(plan);
  const once = async (intendedMs?: number): Promise<number> => {
    const iteration = new Iteration({ ...target, record: (name, sample) => recorder?.add(name, sample), ...(intendedMs === undefined ? {} : { intendedMs }) });
    await lanes.with((lane) => runIteration(plan, iteration, nextIndex(), lane));
    const problem = iteration.problems[0];
    if (problem !== undefined) throw new HarnessError("HARNESS_FAULT", problem, { hint: "Check the request against the API of the target" });
    return iteration.timedMs;
  };
  const signal = target.signal === undefined ? {} : { signal: target.signal };
  if (load.model === "closed") return runClosedLoop({ ...load, ...signal, name: plan.name, iterate: () => once() });
  let fault: unknown;
  const wallNs = await runOpenLoop({
    ...load, ...signal, beginMs,
    iterate: (intendedMs) => once(intendedMs).then(() => undefined, (thrown: unknown) => { fault ??= thrown; }),
    drop: () => recorder?.drop(),
    failed: () => fault !== undefined,
  });
  if (fault !== undefined) throw fault;
  return wallNs;
}

/** Subscribes to events where the plan waits for them; the caller closes. */
export async function watchEvents(plan: WorkloadPlan, client: CriClient): Promise<EventWatch | undefined> {
  return plan.steps.some(({ verb }) => verb === "eventSeen") ? EventWatch.open(client) : undefined;
}
