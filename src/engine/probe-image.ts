import { ask } from "../cri/ask.ts";
import type { CriClient } from "../cri/client.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { removeImage } from "./removal.ts";

export interface PulledImage {
  /** Removes the image, if this run brought it. Gives what went wrong. */
  remove(): Promise<string | undefined>;
}

const pullDeadlineMs = 120_000;

/**
 * Brings the probe's image onto the node before the first case or the first timer, through CRI as everything else.
 * @throws HarnessError FIXTURE_FAILED when the runtime cannot pull it, INTERRUPTED when the signal said so.
 */
export async function pullProbeImage(client: CriClient, ref: string, signal: AbortSignal = new AbortController().signal): Promise<PulledImage> {
  const image = { image: ref };
  const status = await ask(client, "ImageStatus", { image }, { signal });
  if (status.response?.image !== undefined) return { remove: () => Promise.resolve(undefined) };
  const pulled = await client.call("PullImage", { image }, { deadlineMs: pullDeadlineMs, signal });
  if (pulled.code !== "OK") {
    // A pull that was given up may have come through all the same.
    await attemptRemoval(client, ref);
    if (signal.aborted) throw new HarnessError("INTERRUPTED", `interrupted by ${String(signal.reason)} before the first case`, { hint: "" });
    throw new HarnessError("FIXTURE_FAILED", `the probe's image ${ref} could not be pulled: ${pulled.code}: ${pulled.details}`, {
      hint: "Run `criteria doctor`; for a runtime that cannot reach this host's loopback give --image-registry.",
    });
  }
  return { remove: () => attemptRemoval(client, ref) };
}

/** Gives what went wrong. */
async function attemptRemoval(client: CriClient, ref: string): Promise<string | undefined> {
  try {
    await removeImage(client, ref);
    return undefined;
  } catch (error) {
    return `image ${ref}: ${messageOf(error)}`;
  }
}
