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

/** The cheapest call there is: what it takes is mostly the harness and the channel. */
export async function version(iteration: Iteration): Promise<void> {
  await iteration.time("Version", {});
}

/** The condition of the runtime, as the kubelet polls it. */
export async function status(iteration: Iteration): Promise<void> {
  await iteration.time("Status", {});
}

/** The lists that the kubelet polls. */
export async function list(iteration: Iteration): Promise<void> {
  await iteration.time("ListPodSandbox", {});
  await iteration.time("ListContainers", {});
}

/** The statistics that the kubelet polls. */
export async function stats(iteration: Iteration): Promise<void> {
  await iteration.time("ListContainerStats", {});
  await iteration.time("ListPodSandboxStats", {});
}

/** A pull of an image that is there already. */
export async function pullWarm(iteration: Iteration): Promise<void> {
  await iteration.time("PullImage", { image: { image: iteration.context.settings.probeImage } }, "pull_warm");
}

/** A call that the calibration server holds for a while; its stamp of the time it took is a series beside it. */
async function delayed(iteration: Iteration, delay: string): Promise<void> {
  const answer = await iteration.time("Version", { version: delay });
  if (answer === undefined) return;
  iteration.context.record("service", { startNs: 0, durationNs: Number(answer.responses[0]?.["runtime_version"] ?? 0), code: "OK" });
}

const lifecycles: Readonly<Record<string, IterationFunction>> = {
  "container-lifecycle": containerLifecycle,
  list,
  "pod-lifecycle": podLifecycle,
  "pull-warm": pullWarm,
  stats,
  status,
  version,
};

/** The names that `operations` accepts. */
export const lifecycleNames: readonly string[] = Object.keys(lifecycles);

/** The lifecycle of a name. */
export function lifecycleNamed(name: string): IterationFunction {
  const delay = /^delay-(\d+ms)$/.exec(name)?.[1];
  if (delay !== undefined) return (iteration) => delayed(iteration, delay);
  const found = lifecycles[name];
  if (found !== undefined) return found;
  throw new HarnessError("USAGE", `There is no workload ${JSON.stringify(name)}`, { hint: `Use one of: ${lifecycleNames.join(", ")}` });
}
