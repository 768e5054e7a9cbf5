import type { Answer, CriClient } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import { messageOf } from "../model/errors.ts";
import type { GrpcCode } from "../model/grpc-code.ts";
import type { ObjectSettings, Objects } from "./objects.ts";
import type { Sample } from "./result.ts";
import type { EventWatch } from "./workload/event-watch.ts";

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
  /** There when the workload waits for events. */
  readonly events?: EventWatch;
  /** Takes a remark for people: why a stream was refused. */
  readonly note?: (text: string) => void;
}

/** Something that was timed; `performance.now()` milliseconds. */
export interface Timing {
  readonly startedMs: number;
  readonly endedMs: number;
  readonly code: GrpcCode;
}

/** One pass through a workload: timed calls, what they began, and the objects that they made. */
export class Iteration {
  readonly context: IterationContext;
  /** Milliseconds spent in timed calls: what tinybench is told. */
  timedMs = 0;
  /** When what was timed last had ended. */
  endedMs = 0;
  /** Harness-side problems: a call that could not even be made. */
  readonly problems: string[] = [];
  /** Pods that live, with their containers. */
  readonly pods = new Set<string>();
  /** Containers that live in pods that outlive the iteration. */
  readonly containers = new Set<string>();
  readonly #began = new Map<string, number>();
  /** Open load: how much later than intended it began. What its fixtures take afterwards is nobody's wait. */
  readonly #lateMs: number | undefined;
  #first: number | undefined;

  constructor(context: IterationContext) {
    this.context = context;
    const { intendedMs } = context;
    this.#lateMs = intendedMs === undefined ? undefined : Math.max(0, performance.now() - intendedMs);
  }

  /** Makes a call and records how long it took. Answers it whatever its status; nothing when it could not be made. */
  async time(rpc: string, request: Message, name = rpc, deadlineMs?: number): Promise<Answer | undefined> {
    const answer = await this.call(rpc, request, deadlineMs);
    if (answer !== undefined) this.record(name, timingOf(answer));
    return answer;
  }

  /** Keeps a sample. To the first of an iteration belongs how late the iteration began. */
  record(name: string, { startedMs, endedMs, code }: Timing): void {
    const lateMs = this.#first === undefined ? this.#lateMs : undefined;
    const begin = startedMs - (lateMs ?? 0);
    this.#first ??= begin;
    this.#began.set(name, begin);
    this.timedMs += endedMs - startedMs;
    this.endedMs = endedMs;
    this.#keep(name, { startedMs: begin, endedMs, code }, lateMs === undefined ? {} : { lateNs: toNs(lateMs) });
  }

  /** Keeps a sample that overlaps others: from the begin of a series (or of the iteration) to a moment. */
  mark(name: string, since: string | undefined, endedMs = this.endedMs, code: GrpcCode = "OK"): void {
    const startedMs = since === undefined ? this.#first : this.#began.get(since);
    if (startedMs === undefined) {
      this.problems.push(`${name}: nothing was timed${since === undefined ? "" : ` as ${since}`} before it`);
      return;
    }
    // It may lie before the end of the call that it overlaps: a program normally runs before StartContainer answers.
    this.endedMs = endedMs;
    this.#keep(name, { startedMs, endedMs, code }, {});
  }

  /** When a series of this iteration began; `performance.now()` milliseconds. */
  began(name: string): number | undefined {
    return this.#began.get(name);
  }

  /** Whether a call ended because the run did: that says nothing of the runtime. */
  wasCutOff({ code }: Answer): boolean {
    return code === "CANCELLED" && this.context.signal?.aborted === true;
  }

  /** Makes a call outside every timer. */
  async call(rpc: string, request: Message, deadlineMs = this.context.deadlineMs): Promise<Answer | undefined> {
    const { client, signal } = this.context;
    // An aborted run makes no further calls; what it made is removed outside the iterations.
    if (signal?.aborted === true) return undefined;
    try {
      const answer = await client.call(rpc, request, signal === undefined ? { deadlineMs } : { deadlineMs, signal });
      this.#remember(rpc, request, answer);
      return answer;
    } catch (thrown) {
      this.problems.push(`${rpc}: ${messageOf(thrown)}`);
      return undefined;
    }
  }

  /** Removes what the iteration has made and not removed, outside every timer. */
  async undo(): Promise<void> {
    for (const id of [...this.containers]) {
      const [pod] = [...this.pods];
      // A pod takes its containers with it.
      if (pod === undefined) await this.call("RemoveContainer", { container_id: id });
    }
    for (const id of [...this.pods]) {
      const stopped = await this.call("StopPodSandbox", { pod_sandbox_id: id });
      if (stopped?.code === "OK") await this.call("RemovePodSandbox", { pod_sandbox_id: id });
    }
  }

  #keep(name: string, { startedMs, endedMs, code }: Timing, more: Partial<Sample>): void {
    this.context.record(name, { startNs: toNs(startedMs - this.context.originMs), durationNs: toNs(Math.max(0, endedMs - startedMs)), code, ...more });
  }

  #remember(rpc: string, request: Message, answer: Answer): void {
    if (answer.code !== "OK") return;
    const { objects } = this.context;
    const made = textOf(answer, rpc === "RunPodSandbox" ? "pod_sandbox_id" : "container_id");
    if (rpc === "RunPodSandbox" && made !== undefined) {
      this.pods.add(made);
      objects.made(made);
    } else if (rpc === "CreateContainer" && made !== undefined) {
      this.containers.add(made);
    } else if (rpc === "RemovePodSandbox") {
      this.pods.delete(String(request["pod_sandbox_id"]));
      objects.gone(String(request["pod_sandbox_id"]));
    } else if (rpc === "RemoveContainer") {
      this.containers.delete(String(request["container_id"]));
    }
  }
}

/** When a call began and ended. */
export function timingOf({ startedMs, elapsedMs, code }: Answer): Timing {
  return { startedMs, endedMs: startedMs + elapsedMs, code };
}

/** Milliseconds with fractions as whole nanoseconds. */
function toNs(ms: number): number {
  return Math.round(ms * 1e6);
}

/** A non-empty string field of the only response. */
export function textOf(answer: Answer | undefined, field: string): string | undefined {
  const value = answer?.responses[0]?.[field];
  return typeof value === "string" && value !== "" ? value : undefined;
}
