/** Taking objects off a runtime, and finding them again by their labels. */
import type { CriClient } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import { asRecord } from "../steps/input.ts";

export const labels = { run: "io.criteria.run", case: "io.criteria.case", fixture: "io.criteria.fixture" } as const;

const removalMs = 30_000;

async function must(client: CriClient, rpc: string, request: Message): Promise<Message> {
  const answer = await client.call(rpc, request, { deadlineMs: removalMs });
  // Gone already is what an undo wants.
  if (answer.code !== "OK" && answer.code !== "NOT_FOUND") {
    throw new Error(`${rpc} answered ${answer.code}: ${answer.details}`);
  }
  return answer.responses[0] ?? {};
}

export async function removePod(client: CriClient, id: string): Promise<void> {
  await must(client, "StopPodSandbox", { pod_sandbox_id: id });
  await must(client, "RemovePodSandbox", { pod_sandbox_id: id });
}

export async function removeContainer(client: CriClient, id: string): Promise<void> {
  await must(client, "RemoveContainer", { container_id: id });
}

export async function removeImage(client: CriClient, ref: string): Promise<void> {
  await must(client, "RemoveImage", { image: { image: ref } });
}

async function listed(client: CriClient, rpc: string, key: string, wanted: Readonly<Record<string, string>>): Promise<string[]> {
  const response = await must(client, rpc, {});
  const items = response[key];
  const ids: string[] = [];
  for (const item of Array.isArray(items) ? items : []) {
    const record = asRecord(item);
    const has = asRecord(record?.["labels"]) ?? {};
    const id = record?.["id"];
    // Filtered here too: an object without our label is never touched, whatever the runtime's filter does.
    if (typeof id === "string" && labels.run in has && Object.entries(wanted).every(([name, value]) => has[name] === value)) {
      ids.push(id);
    }
  }
  return ids;
}

/** Removes what carries these labels; the label of a run at least. Gives what could not be removed. */
export async function removeLabelled(client: CriClient, wanted: Readonly<Record<string, string>>): Promise<string[]> {
  const left: string[] = [];
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      left.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  await attempt("containers", async () => {
    for (const id of await listed(client, "ListContainers", "containers", wanted)) {
      await attempt(`container ${id}`, async () => removeContainer(client, id));
    }
  });
  await attempt("pods", async () => {
    for (const id of await listed(client, "ListPodSandbox", "items", wanted)) {
      await attempt(`pod ${id}`, async () => removePod(client, id));
    }
  });
  return left;
}

/** Removes everything of one run, or of `all` runs. Gives what could not be removed. */
export async function cleanRun(client: CriClient, run: string): Promise<string[]> {
  return removeLabelled(client, run === "all" ? {} : { [labels.run]: run });
}
