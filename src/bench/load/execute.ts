import type { CriClient } from "../../cri/client.ts";
import { HarnessError } from "../../model/errors.ts";
import { runClosedLoop } from "../closed-loop.ts";
import { Iteration } from "../iteration.ts";
import { lifecycleNamed } from "../lifecycle.ts";
import type { Objects, ObjectSettings } from "../objects.ts";
import type { Recorder } from "../recorder.ts";
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
}

/** Runs a load of one workload in this process; answers the wall-clock nanoseconds. Without a recorder nothing counts. */
export async function executeLoad(workload: string, target: LoadTarget, load: ProcessLoad, recorder?: Recorder, beginMs = performance.now()): Promise<number> {
  const iterate = lifecycleNamed(workload);
  const once = async (intendedMs?: number): Promise<number> => {
    const iteration = new Iteration({ ...target, record: (name, sample) => recorder?.add(name, sample), ...(intendedMs === undefined ? {} : { intendedMs }) });
    await iterate(iteration);
    const problem = iteration.problems[0];
    if (problem !== undefined) throw new HarnessError("HARNESS_FAULT", problem, { hint: "Check the request against the API of the target" });
    return iteration.timedMs;
  };
  const signal = target.signal === undefined ? {} : { signal: target.signal };
  if (load.model === "closed") return runClosedLoop({ ...load, ...signal, name: workload, iterate: () => once() });
  let fault: unknown;
  const wallNs = await runOpenLoop({
    ...load, ...signal, beginMs,
    iterate: (intendedMs) => once(intendedMs).then(() => undefined, (thrown: unknown) => { fault ??= thrown; }),
    drop: () => recorder?.drop(workload),
  });
  if (fault !== undefined) throw fault;
  return wallNs;
}
