/** Bounded waits that end when the run is given up. */
import { setTimeout as sleep } from "node:timers/promises";
import { HarnessError } from "../model/errors.ts";

/** Waits, or throws INTERRUPTED when the signal fires first. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    throw new HarnessError("INTERRUPTED", "given up while waiting", { hint: "Run the case again.", cause: error });
  }
}
