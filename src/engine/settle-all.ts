/** Waiting for work that goes on side by side. */
import { CaseEnd } from "./end.ts";

/** How much an end says: the runtime's failure goes before what the set-up did, and one that no check has told before one that a check has. */
function weight(thrown: unknown): number {
  if (!(thrown instanceof CaseEnd) || thrown.verdict !== "failed") return 0;
  return thrown.told.length > 0 ? 1 : 2;
}

/** Waits for all. Throws the weightiest of what was thrown, and of equals the first: the order of a text must not decide a verdict. */
export async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  const thrown = settled.flatMap((one) => (one.status === "rejected" ? [{ reason: one.reason as unknown }] : []));
  const [first, ...others] = thrown;
  if (first !== undefined) {
    throw others.reduce((worst, one) => (weight(one.reason) > weight(worst.reason) ? one : worst), first).reason;
  }
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}
