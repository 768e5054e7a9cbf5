/** Taking objects off a runtime, and finding them again by their labels. */
import { ask, type InPart } from "../cri/ask.ts";
import type { CriClient } from "../cri/client.ts";
import type { Rpcs } from "../cri/generated/v1.ts";

export const labels = { run: "io.criteria.run", case: "io.criteria.case", fixture: "io.criteria.fixture" } as const;

const removalMs = 30_000;

async function must<Name extends keyof Rpcs>(client: CriClient, rpc: Name, request: InPart<Rpcs[Name]["request"]>): Promise<InPart<Rpcs[Name]["response"]> | undefined> {
  const { answer, response } = await ask(client, rpc, request, { deadlineMs: removalMs });
  // Gone already is what an undo wants.
  if (answer.code !== "OK" && answer.code !== "NOT_FOUND") {
    throw new Error(`${rpc} answered ${answer.code}: ${answer.details}`);
  }
  return response;
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

interface Labelled {
  readonly id?: string;
  readonly labels?: Readonly<Record<string, string | undefined>>;
}

/** Filtered here too: an object without our label is never touched, whatever the runtime's filter does. */
function idsWith(items: readonly Labelled[] | undefined, wanted: Readonly<Record<string, string>>): string[] {
  return (items ?? []).flatMap(({ id, labels: has = {} }) => {
    const fits = labels.run in has && Object.entries(wanted).every(([name, value]) => has[name] === value);
    return fits && id !== undefined ? [id] : [];
  });
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
    for (const id of idsWith((await must(client, "ListContainers", {}))?.containers, wanted)) {
      await attempt(`container ${id}`, async () => removeContainer(client, id));
    }
  });
  await attempt("pods", async () => {
    for (const id of idsWith((await must(client, "ListPodSandbox", {}))?.items, wanted)) {
      await attempt(`pod ${id}`, async () => removePod(client, id));
    }
  });
  return left;
}

/** Removes everything of one run, or of `all` runs. Gives what could not be removed. */
export async function cleanRun(client: CriClient, run: string): Promise<string[]> {
  return removeLabelled(client, run === "all" ? {} : { [labels.run]: run });
}
