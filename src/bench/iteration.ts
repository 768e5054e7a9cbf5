import type { Answer, CriClient } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import { messageOf } from "../model/errors.ts";
import { containerConfig, podConfig, type ObjectSettings, type Objects } from "./objects.ts";
import type { Sample } from "./result.ts";

/** A PodSandbox of an iteration. */
export interface BenchPod {
  readonly id: string;
  readonly config: Message;
}

/** What an iteration is given. */
export interface IterationContext {
  readonly client: CriClient;
  readonly objects: Objects;
  readonly settings: ObjectSettings;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  /** `performance.now()` at the begin of the run. */
  readonly originMs: number;
  readonly record: (name: string, sample: Sample) => void;
  /** Open load: the `performance.now()` at which the iteration was meant to begin. */
  readonly intendedMs?: number;
}

/** One pass through a workload: timed calls, and the objects that they made. */
export class Iteration {
  readonly context: IterationContext;
  /** Milliseconds spent in timed calls: what tinybench is told. */
  timedMs = 0;
  /** Harness-side problems: a call that could not even be made. */
  readonly problems: string[] = [];

  constructor(context: IterationContext) {
    this.context = context;
  }

  /** Makes a call and records how long it took. Answers it only if its status is OK. */
  async time(rpc: string, request: Message, name = rpc): Promise<Answer | undefined> {
    const answer = await this.#call(rpc, request);
    if (answer === undefined) return undefined;
    // Only the first call of an iteration waited for the schedule.
    const intended = this.timedMs === 0 ? this.context.intendedMs : undefined;
    this.timedMs += answer.elapsedMs;
    const lateMs = intended === undefined ? 0 : Math.max(0, answer.startedMs - intended);
    this.context.record(name, {
      startNs: toNs(answer.startedMs - lateMs - this.context.originMs), durationNs: toNs(answer.elapsedMs + lateMs), code: answer.code,
      ...(intended === undefined ? {} : { lateNs: toNs(lateMs) }),
    });
    return answer.code === "OK" ? answer : undefined;
  }

  /** Makes a call outside every timer. Answers it only if its status is OK. */
  async quiet(rpc: string, request: Message): Promise<Answer | undefined> {
    const answer = await this.#call(rpc, request);
    return answer?.code === "OK" ? answer : undefined;
  }

  async runPod(): Promise<BenchPod | undefined> {
    const config = podConfig(this.context.settings);
    const answer = await this.time("RunPodSandbox", { config, runtime_handler: this.context.settings.handler });
    const id = textOf(answer, "pod_sandbox_id");
    if (id === undefined) return undefined;
    this.context.objects.made(id);
    return { id, config };
  }

  async createContainer(pod: BenchPod, run?: readonly string[]): Promise<string | undefined> {
    const request = { pod_sandbox_id: pod.id, config: containerConfig(this.context.settings, run), sandbox_config: pod.config };
    return textOf(await this.time("CreateContainer", request), "container_id");
  }

  async removePod(pod: BenchPod): Promise<void> {
    const request = { pod_sandbox_id: pod.id };
    const stopped = await this.time("StopPodSandbox", request);
    if (stopped === undefined) return;
    if ((await this.time("RemovePodSandbox", request)) !== undefined) this.context.objects.gone(pod.id);
  }

  async #call(rpc: string, request: Message): Promise<Answer | undefined> {
    const { client, deadlineMs, signal } = this.context;
    // An aborted run makes no further calls; what it made is removed outside the iterations.
    if (signal?.aborted === true) return undefined;
    try {
      return await client.call(rpc, request, signal === undefined ? { deadlineMs } : { deadlineMs, signal });
    } catch (thrown) {
      this.problems.push(`${rpc}: ${messageOf(thrown)}`);
      return undefined;
    }
  }
}

/** Milliseconds with fractions as whole nanoseconds. */
export function toNs(ms: number): number {
  return Math.round(ms * 1e6);
}

/** A non-empty string field of the only response. */
export function textOf(answer: Answer | undefined, field: string): string | undefined {
  const value = answer?.responses[0]?.[field];
  return typeof value === "string" && value !== "" ? value : undefined;
}
