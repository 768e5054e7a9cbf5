import pLimit from "p-limit";
import type { Message } from "../cri/message.ts";
import { HarnessError } from "../model/errors.ts";
import { Iteration, type IterationContext, textOf } from "./iteration.ts";
import { podConfig, containerConfig, removePod } from "./objects.ts";

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

  /** Makes them as many as wanted. When one fails no more are begun, and nothing is under way when the failure is told. */
  async become(count: number): Promise<void> {
    const limit = pLimit(atOnce);
    const surplus = this.#pods.splice(count);
    await Promise.all(surplus.map((id) => limit(() => this.#remove(id))));
    const missing = count - this.#pods.length;
    const failures: unknown[] = [];
    const make = async (): Promise<void> => {
      if (failures.length > 0 || this.#stopped) return;
      await this.#make(count).catch((thrown: unknown) => void failures.push(thrown));
    };
    await Promise.all(Array.from({ length: Math.max(0, missing) }, () => limit(make)));
    if (failures.length > 0) throw failures[0];
  }

  get #stopped(): boolean {
    return this.#context.signal?.aborted === true;
  }

  async #make(count: number): Promise<void> {
    const { settings } = this.#context;
    const iteration = new Iteration({ ...this.#context, record: () => undefined });
    const config = podConfig(settings);
    const need = async (rpc: string, request: Message, field?: string): Promise<string> => {
      const answer = await iteration.call(rpc, request);
      const value = field === undefined ? "" : textOf(answer, field);
      if (answer?.code === "OK" && value !== undefined) return value;
      const why = answer === undefined ? iteration.problems[0] ?? "not called" : `${rpc}: ${answer.code} ${answer.details}`;
      throw new HarnessError("FIXTURE_FAILED", `resident pod ${this.#pods.length + 1} of ${count} could not be made: ${why.trimEnd()}`, { hint: "Try fewer." });
    };
    try {
      const pod = await need("RunPodSandbox", { config, runtime_handler: settings.handler }, "pod_sandbox_id");
      const container = await need("CreateContainer", { pod_sandbox_id: pod, config: containerConfig(settings), sandbox_config: config }, "container_id");
      await need("StartContainer", { container_id: container });
      this.#pods.push(pod);
    } catch (thrown) {
      if (!this.#stopped) throw thrown;
    }
  }

  async #remove(id: string): Promise<void> {
    const problem = await removePod(this.#context.client, id);
    // What is left is found by its label at the end of the run.
    if (problem === undefined) this.#context.objects.gone(id);
  }
}
