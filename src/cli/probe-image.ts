import { ask } from "../cri/ask.ts";
import type { CriClient } from "../cri/client.ts";
import { HarnessError } from "../model/errors.ts";

export interface PulledImage {
  /** Removes the image, if this run brought it. Gives what went wrong. */
  remove(): Promise<string | undefined>;
}

const pullDeadlineMs = 120_000;

/** Brings the probe's image onto the node before the first case, through CRI as everything else. */
export async function pullProbeImage(client: CriClient, ref: string, signal: AbortSignal): Promise<PulledImage> {
  const image = { image: ref };
  const status = await ask(client, "ImageStatus", { image }, { signal });
  if (status.response?.image !== undefined) return { remove: () => Promise.resolve(undefined) };
  const pulled = await client.call("PullImage", { image }, { deadlineMs: pullDeadlineMs, signal });
  if (pulled.code !== "OK") {
    // A pull that was given up may have come through all the same.
    await removeImage(client, ref);
    if (signal.aborted) throw new HarnessError("INTERRUPTED", `interrupted by ${String(signal.reason)} before the first case`, { hint: "" });
    throw new HarnessError("FIXTURE_FAILED", `the probe's image ${ref} could not be pulled: ${pulled.code}: ${pulled.details}`, {
      hint: "Run `criteria doctor`; for a runtime that cannot reach this host's loopback give --image-registry.",
    });
  }
  return { remove: () => removeImage(client, ref) };
}

async function removeImage(client: CriClient, ref: string): Promise<string | undefined> {
  const answer = await client.call("RemoveImage", { image: { image: ref } }, { deadlineMs: 30_000 });
  return answer.code === "OK" ? undefined : `image ${ref}: ${answer.code}: ${answer.details}`;
}
