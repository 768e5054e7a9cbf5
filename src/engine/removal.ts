/** Taking objects off a runtime, and finding them again by their labels. */
import { setTimeout as sleep } from "node:timers/promises";
import { ask, type InPart } from "../cri/ask.ts";
import type { CriClient } from "../cri/client.ts";
import type { Rpcs } from "../cri/generated/v1.ts";
import { HarnessError, messageOf } from "../model/errors.ts";

export const labels = { run: "io.criteria.run", case: "io.criteria.case", fixture: "io.criteria.fixture" } as const;

const removalMs = 30_000;
const removalTries = 3;
const betweenMs = 300;

async function must<Name extends keyof Rpcs>(client: CriClient, rpc: Name, request: InPart<Rpcs[Name]["request"]>): Promise<InPart<Rpcs[Name]["response"]> | undefined> {
  const { answer, response } = await ask(client, rpc, request, { deadlineMs: removalMs });
  // Gone already is what an undo wants.
  if (answer.code !== "OK" && answer.code !== "NOT_FOUND") {
    throw new HarnessError("FIXTURE_FAILED", `${rpc} answered ${answer.code}: ${answer.details}`, { hint: "Look at the runtime's log, mend it, then run `criteria clean`." });
  }
  return response;
}

export async function removePod(client: CriClient, id: string): Promise<void> {
  await must(client, "StopPodSandbox", { pod_sandbox_id: id });
  await must(client, "RemovePodSandbox", { pod_sandbox_id: id });
}

/** A start that was given up a moment ago may still be under way: then it is stopped as soon as it can be, and removed again. */
export async function removeContainer(client: CriClient, id: string): Promise<void> {
  for (let more = removalTries; more > 0; more -= 1) {
    const answer = await client.call("RemoveContainer", { container_id: id }, { deadlineMs: removalMs });
    if (answer.code === "OK" || answer.code === "NOT_FOUND") {
      return;
    }
    await client.call("StopContainer", { container_id: id, timeout: 0n }, { deadlineMs: removalMs });
    await sleep(betweenMs);
  }
  await must(client, "RemoveContainer", { container_id: id });
}

/** Not every runtime that pulls by a name with a tag and a digest removes by it (CRI-O does not): then the digest alone names the image. */
export async function removeImage(client: CriClient, ref: string): Promise<void> {
  const byDigest = ref.replace(/:[^:/@]+@/, "@");
  await must(client, "RemoveImage", { image: { image: ref } }).catch(async (thrown: unknown) => {
    if (byDigest === ref) throw thrown;
    await must(client, "RemoveImage", { image: { image: byDigest } });
  });
}

/**
 * A runtime may have noted the name of an image that it could not use, where no list tells and no removal finds it (containerd 2.4 does).
 * Once the name leads to an image that it can use, it is pulled to be removed.
 */
export async function removeRefused(client: CriClient, ref: string): Promise<void> {
  await must(client, "PullImage", { image: { image: ref } });
  await removeImage(client, ref);
}

interface Labelled {
  readonly id?: string;
  readonly labels?: Readonly<Record<string, string | undefined>>;
  /** Of a container. */
  readonly pod_sandbox_id?: string;
}

/** Filtered here too: an object without our label is never touched, whatever the runtime's filter does. */
function withLabels(items: readonly Labelled[] | undefined, wanted: Readonly<Record<string, string>>): Found[] {
  return (items ?? []).flatMap(({ id, labels: has = {}, pod_sandbox_id: pod }) => {
    const fits = labels.run in has && Object.entries(wanted).every(([name, value]) => has[name] === value);
    return fits && id !== undefined ? [{ id, caseId: has[labels.case] ?? "", pod }] : [];
  });
}

interface Found {
  readonly id: string;
  readonly caseId: string;
  readonly pod: string | undefined;
}

/** The containers with these labels; of whatever run when none is named. @throws when the runtime does not list them. */
export async function labelledContainers(client: CriClient, wanted: Readonly<Record<string, string>>): Promise<Found[]> {
  return withLabels((await must(client, "ListContainers", {}))?.containers, wanted);
}

/** The PodSandboxes with these labels; of whatever run when none is named. @throws when the runtime does not list them. */
export async function labelledPods(client: CriClient, wanted: Readonly<Record<string, string>>): Promise<Found[]> {
  return withLabels((await must(client, "ListPodSandbox", {}))?.items, wanted);
}

/** Every name that an image of the runtime has, a list per image. @throws when the runtime does not list them. */
export async function imageNames(client: CriClient): Promise<string[][]> {
  const { images = [] } = (await must(client, "ListImages", {})) ?? {};
  return images.map(({ repo_tags: tags = [], repo_digests: digests = [] }) => [...tags, ...digests]);
}

/** Removes what carries these labels; the label of a run at least. What `kept` cases made stays. Gives what could not be removed. */
export async function removeLabelled(client: CriClient, wanted: Readonly<Record<string, string>>, kept: ReadonlySet<string> = new Set()): Promise<string[]> {
  const left: string[] = [];
  const keptPods = new Set<string | undefined>();
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      left.push(`${what}: ${messageOf(error)}`);
    }
  };
  await attempt("containers", async () => {
    for (const { id, caseId, pod } of await labelledContainers(client, wanted)) {
      if (kept.has(caseId)) keptPods.add(pod);
      else await attempt(`container ${id}`, async () => removeContainer(client, id));
    }
  });
  await attempt("pods", async () => {
    for (const { id, caseId } of await labelledPods(client, wanted)) {
      if (!kept.has(caseId) && !keptPods.has(id)) await attempt(`pod ${id}`, async () => removePod(client, id));
    }
  });
  return left;
}

/** Removes everything of one run but what these cases made, and the PodSandboxes that it is in. Gives what could not be removed. */
export async function cleanRun(client: CriClient, run: string, kept: ReadonlySet<string> = new Set()): Promise<string[]> {
  return removeLabelled(client, { [labels.run]: run }, kept);
}
