import type { CriClient } from "../cri/client.ts";
import { HarnessError } from "../model/errors.ts";

/** Pulls the image when the runtime lacks it, so that no timer ever holds a pull. Answers whether it did. */
export async function ensureImage(client: CriClient, image: string): Promise<boolean> {
  const status = await client.call("ImageStatus", { image: { image } });
  if (status.code === "OK" && status.responses[0]?.["image"] !== undefined) return false;
  const pulled = await client.call("PullImage", { image: { image } });
  if (pulled.code === "OK") return true;
  throw new HarnessError("FIXTURE_FAILED", `The probe's image ${image} cannot be pulled: ${pulled.code} ${pulled.details}`, { hint: "Run `criteria doctor` to see whether the runtime reaches the registry" });
}

/** Removes what `ensureImage` pulled; answers what went wrong. */
export async function removeImage(client: CriClient, image: string): Promise<string[]> {
  const { code, details } = await client.call("RemoveImage", { image: { image } });
  return code === "OK" ? [] : [`image ${image}: ${code} ${details}`];
}
