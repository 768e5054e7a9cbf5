/** A process of `criteria mutation`: judges the mutants that it is sent, a few side by side, and tells what became of each. */
import process from "node:process";
import { messageOf } from "../model/errors.ts";
import { generateMutants } from "../mutation/generate.ts";
import { judgeMutant } from "../mutation/judge-mutant.ts";
import type { Profile } from "../mutation/profile.ts";
import { openWorkshop } from "./mutation-workshop.ts";

/** To a worker: first the profile, then mutants one by one. */
export type ToWorker = { readonly profile: Profile; readonly suites?: string } | { readonly mutant: string };
/** From a worker. */
export type FromWorker = { readonly ready: true } | { readonly outcome: Awaited<ReturnType<typeof judgeMutant>> } | { readonly fault: string };

async function serve(): Promise<void> {
  const first = await new Promise<ToWorker>((resolve) => process.once("message", (message: ToWorker) => { resolve(message); }));
  if (!("profile" in first)) throw new Error("the profile comes first");
  const workshop = await openWorkshop(first.suites);
  const mutants = new Map(generateMutants().map((mutant) => [mutant.id, mutant]));
  process.on("message", (message: ToWorker) => {
    const mutant = "mutant" in message ? mutants.get(message.mutant) : undefined;
    if (mutant === undefined) return;
    judgeMutant(mutant, workshop, first.profile).then((outcome) => { tell({ outcome }); }, fail);
  });
  process.once("disconnect", () => { workshop.close().then(() => { process.exit(0); }, () => { process.exit(0); }); });
  tell({ ready: true });
}

function tell(message: FromWorker): void {
  // Nobody listens any more once the run was interrupted.
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}

function fail(thrown: unknown): void {
  tell({ fault: thrown instanceof Error ? thrown.stack ?? thrown.message : messageOf(thrown) });
}

serve().catch(fail);
