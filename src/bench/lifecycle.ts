/** The built-in lifecycles: one iteration makes and removes its own objects, and times each call alone. */
import { HarnessError } from "../model/errors.ts";
import type { Iteration } from "./iteration.ts";

/** One pass through a workload. Must not throw: what goes wrong is in the samples. */
export type IterationFunction = (iteration: Iteration) => Promise<void>;

/** A PodSandbox alone: run, stop, remove. */
export async function podLifecycle(iteration: Iteration): Promise<void> {
  const pod = await iteration.runPod();
  if (pod === undefined) return;
  await iteration.removePod(pod);
}

/** A PodSandbox with one container: the seven calls that every pod of a cluster sees. */
export async function containerLifecycle(iteration: Iteration): Promise<void> {
  const pod = await iteration.runPod();
  if (pod === undefined) return;
  const containerId = await iteration.createContainer(pod);
  if (containerId !== undefined) {
    await iteration.time("StartContainer", { container_id: containerId });
    await iteration.time("StopContainer", { container_id: containerId, timeout: 0n });
    await iteration.time("RemoveContainer", { container_id: containerId });
  }
  await iteration.removePod(pod);
}

const lifecycles: Readonly<Record<string, IterationFunction>> = {
  "container-lifecycle": containerLifecycle,
  "pod-lifecycle": podLifecycle,
};

/** The names that `operations` accepts. */
export const lifecycleNames: readonly string[] = Object.keys(lifecycles);

/** The lifecycle of a name. */
export function lifecycleNamed(name: string): IterationFunction {
  const found = lifecycles[name];
  if (found !== undefined) return found;
  throw new HarnessError("USAGE", `There is no workload ${JSON.stringify(name)}`, { hint: `Use one of: ${lifecycleNames.join(", ")}` });
}
