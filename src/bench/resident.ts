import pLimit from "p-limit";
import { HarnessError } from "../model/errors.ts";
import { Iteration, type IterationContext } from "./iteration.ts";
import { podConfig, containerConfig, removePod } from "./objects.ts";
import { textOf } from "./iteration.ts";

const atOnce = 4;

/** Pods with a container each that rest while a load runs. They carry the run's label and go with it. */
export class Residents {
  readonly #context: Omit<IterationContext, "record">;
  readonly #pods: string[] = [];

  constructor(context: Omit<IterationContext, "record">) {
    this.#context = context;
  }

  get count(): number {
    return this.#pods.length;
  }

  /** Makes them as many as wanted. */
  async become(count: number): Promise<void> {
    const limit = pLimit(atOnce);
    const surplus = this.#pods.splice(count);
    await Promise.all(surplus.map((id) => limit(() => this.#remove(id))));
    const missing = count - this.#pods.length;
    await Promise.all(Array.from({ length: Math.max(0, missing) }, () => limit(() => this.#make(count))));
  }

  async #make(count: number): Promise<void> {
    const stopped = (): boolean => this.#context.signal?.aborted === true;
    if (stopped()) return;
    const { settings } = this.#context;
    const iteration = new Iteration({ ...this.#context, record: () => undefined });
    const config = podConfig(settings);
    const pod = textOf(await iteration.call("RunPodSandbox", { config, runtime_handler: settings.handler }), "pod_sandbox_id");
    const request = { pod_sandbox_id: pod, config: containerConfig(settings), sandbox_config: config };
    const container = pod === undefined ? undefined : textOf(await iteration.call("CreateContainer", request), "container_id");
    const started = container === undefined ? undefined : await iteration.call("StartContainer", { container_id: container });
    if (pod !== undefined) this.#pods.push(pod);
    if (started?.code === "OK" || stopped()) return;
    throw new HarnessError("FIXTURE_FAILED", `resident pod ${this.#pods.length + 1} of ${count} could not be made`, { hint: "Try fewer." });
  }

  async #remove(id: string): Promise<void> {
    const problem = await removePod(this.#context.client, id);
    // What is left is found by its label at the end of the run.
    if (problem === undefined) this.#context.objects.gone(id);
  }
}
