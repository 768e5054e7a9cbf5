/** The objects that a benchmark makes, and their sure removal. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import type { CriClient } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import { messageOf } from "../model/errors.ts";

/** The label that says which run made an object. */
const runLabel = "io.criteria.run";

const undoDeadlineMs = 60_000;
const undoAtOnce = 10;
const settleMs = 1000;

export interface ObjectSettings {
  readonly runId: string;
  readonly probeImage: string;
  readonly logDir: string;
  readonly handler: string;
}

let counter = 0;

/** A PodSandboxConfig with an identity of its own. */
export function podConfig(settings: ObjectSettings): Message {
  counter += 1;
  const name = `bench-${process.pid}-${counter}`;
  return {
    metadata: { name, uid: `${settings.runId}-${name}`, namespace: "criteria-bench", attempt: 0n },
    hostname: "bench",
    log_directory: join(settings.logDir, name),
    labels: { [runLabel]: settings.runId },
    linux: {},
  };
}

/** A ContainerConfig that runs a sub-command of the probe. */
export function containerConfig(settings: ObjectSettings, run: readonly string[] = ["pause"]): Message {
  counter += 1;
  const name = `container-${counter}`;
  return {
    metadata: { name, attempt: 0n },
    image: { image: settings.probeImage },
    command: ["/probe"],
    args: [...run],
    log_path: `${name}.log`,
    labels: { [runLabel]: settings.runId },
    linux: {},
  };
}

/** Removes what a run made. Stop and Remove are idempotent by contract, so an object may be removed twice. */
export class Objects {
  readonly #pods = new Set<string>();

  /** Says that a PodSandbox exists. Its containers go with it. */
  made(podSandboxId: string): void {
    this.#pods.add(podSandboxId);
  }

  gone(podSandboxId: string): void {
    this.#pods.delete(podSandboxId);
  }

  /**
   * Removes everything still known, and everything that carries the run's label: a call that was cancelled may
   * have made an object whose id never arrived, and may still be making it: then it looks a second time, a little
   * later. Answers what is left.
   */
  async removeAll(client: CriClient, runId: string, cancelled = false): Promise<string[]> {
    const left = await this.#removeOnce(client, runId);
    if (!cancelled) return left;
    await sleep(settleMs);
    return this.#removeOnce(client, runId);
  }

  async #removeOnce(client: CriClient, runId: string): Promise<string[]> {
    const left: string[] = [];
    try {
      const found = await client.call("ListPodSandbox", { filter: { label_selector: { [runLabel]: runId } } }, { deadlineMs: undoDeadlineMs });
      if (found.code !== "OK") left.push(`ListPodSandbox: ${found.code} ${found.details}`);
      for (const id of idsIn(found.responses[0]?.["items"])) this.#pods.add(id);
    } catch (thrown) {
      left.push(messageOf(thrown));
    }
    const limit = pLimit(undoAtOnce);
    await Promise.all([...this.#pods].map((id) => limit(async () => {
      const problem = await removePod(client, id);
      if (problem === undefined) this.#pods.delete(id);
      else left.push(problem);
    })));
    return left;
  }
}

/** Stops and removes a pod; answers what went wrong. */
export async function removePod(client: CriClient, id: string): Promise<string | undefined> {
  for (const rpc of ["StopPodSandbox", "RemovePodSandbox"]) {
    try {
      const { code, details } = await client.call(rpc, { pod_sandbox_id: id }, { deadlineMs: undoDeadlineMs });
      if (code !== "OK") return `${rpc} ${id}: ${code} ${details}`;
    } catch (thrown) {
      return `${rpc} ${id}: ${messageOf(thrown)}`;
    }
  }
  return undefined;
}

/** The ids of listed objects. */
function idsIn(items: unknown): string[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const id: unknown = typeof item === "object" && item !== null && "id" in item ? item.id : undefined;
    return typeof id === "string" ? [id] : [];
  });
}
