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
  readonly #images = new Set<string>();

  /** Says that a PodSandbox exists. Its containers go with it. */
  made(podSandboxId: string): void {
    this.#pods.add(podSandboxId);
  }

  gone(podSandboxId: string): void {
    this.#pods.delete(podSandboxId);
  }

  /** Says that an image was served, which the runtime may have pulled. */
  served(image: string): void {
    this.#images.add(image);
  }

  /**
   * Removes everything still known, and everything that carries the run's label: a call that was cancelled may
   * have made an object whose id never arrived, and may still be making it: then it looks a second time, a little
   * later. Images go last, when no container has them any more. Answers what is left.
   */
  async removeAll(client: CriClient, runId: string, cancelled = false): Promise<string[]> {
    let { left, answers } = await this.#removePods(client, runId);
    if (cancelled && answers) {
      await sleep(settleMs);
      ({ left } = await this.#removePods(client, runId));
    }
    return [...left, ...(await this.#removeImages(client))];
  }

  async #removePods(client: CriClient, runId: string): Promise<{ readonly left: string[]; readonly answers: boolean }> {
    const left: string[] = [];
    let answers = true;
    try {
      const found = await client.call("ListPodSandbox", { filter: { label_selector: { [runLabel]: runId } } }, { deadlineMs: undoDeadlineMs });
      if (found.code !== "OK") left.push(`ListPodSandbox: ${found.code} ${found.details}`);
      // A runtime that is gone or frozen has nothing more to tell a little later.
      answers = found.code !== "DEADLINE_EXCEEDED" && found.code !== "UNAVAILABLE";
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
    return { left, answers };
  }

  async #removeImages(client: CriClient): Promise<string[]> {
    const limit = pLimit(undoAtOnce);
    const problems = await Promise.all([...this.#images].map((image) => limit(() => removeImage(client, image))));
    return problems.filter((problem) => problem !== undefined);
  }
}

/** Removes an image if it is there; answers what went wrong. */
async function removeImage(client: CriClient, image: string): Promise<string | undefined> {
  try {
    const { code, details } = await client.call("RemoveImage", { image: { image } }, { deadlineMs: undoDeadlineMs });
    return code === "OK" || code === "NOT_FOUND" ? undefined : `RemoveImage ${image}: ${code} ${details}`;
  } catch (thrown) {
    return `RemoveImage ${image}: ${messageOf(thrown)}`;
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
