import type { Workload } from "../workload/workload.ts";
import type { WorkloadPlan, WorkloadStep } from "../workload/plan.ts";

const call = (verb: string, input: unknown, as?: string): WorkloadStep => ({ verb, input, series: verb, measured: true, ...(as === undefined ? {} : { as }) });
const made = { pod_sandbox_id: "${pod.pod_sandbox_id}" };
const container = { container_id: "${container.container_id}" };

/** RunPodSandbox, StopPodSandbox, RemovePodSandbox. */
export const podPlan: WorkloadPlan = {
  name: "pods", given: [], bindings: {},
  steps: [call("RunPodSandbox", { config: {} }, "pod"), call("StopPodSandbox", made), call("RemovePodSandbox", made)],
};

/** The seven calls of a pod with a container. */
export const containerPlan: WorkloadPlan = {
  name: "containers", given: [], bindings: {},
  steps: [
    call("RunPodSandbox", { config: {} }, "pod"), call("CreateContainer", made, "container"), call("StartContainer", container),
    call("StopContainer", container), call("RemoveContainer", container), call("StopPodSandbox", made), call("RemovePodSandbox", made),
  ],
};

/** A workload without a matrix of its own. */
export function workloadOfPlan({ name, given, steps }: WorkloadPlan, more: Partial<Workload> = {}): Workload {
  return {
    id: `load.${name}`, name, about: "A test.", needs: [], cells: [{ label: "", matrix: {} }], given: [], iteration: { given, steps }, mix: [], budget: [],
    phases: [{ load: { model: "closed", parallel: 1, iterations: 5, warmUp: 0 }, counted: true }], ...more,
  };
}
