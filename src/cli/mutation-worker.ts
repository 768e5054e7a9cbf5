/** A process of `criteria mutation`: judges the mutants that it is sent, a few side by side, and tells what became of each. */
import process from "node:process";
import { messageOf } from "../model/errors.ts";
import { allMutants } from "../mutation/find-mutant.ts";
import { judgeMutant } from "../mutation/judge-mutant.ts";
import { judgeVariation, type VariationOutcome } from "../mutation/judge-variation.ts";
import type { Outcome } from "../mutation/outcome.ts";
import type { CaseTimes } from "../mutation/profile.ts";
import { together, writtenVariations } from "../mutation/written/read.ts";
import { openWorkshop, type WorkshopOptions } from "./mutation-workshop.ts";

/** To a worker: first what it works with, then mutants one by one, each with the cases that may kill it. */
export type ToWorker = { readonly times: CaseTimes; readonly workshop: WorkshopOptions } | Task;
/** A mutant, or variations that a runtime has together, by their ids. */
export type Task = { readonly mutant: string; readonly cases: readonly string[] } | { readonly variations: readonly string[]; readonly cases: readonly string[] };
/** From a worker. */
export type FromWorker = { readonly ready: true } | { readonly outcome: Outcome | VariationOutcome } | { readonly fault: string };

async function serve(): Promise<void> {
  const first = await new Promise<ToWorker>((resolve) => process.once("message", (message: ToWorker) => { resolve(message); }));
  if (!("times" in first)) throw new Error("the times come first");
  const workshop = await openWorkshop(first.workshop);
  const mutants = new Map(allMutants().map((mutant) => [mutant.id, mutant]));
  const variations = new Map(writtenVariations().map((variation) => [variation.id, variation]));
  const judge = async (task: Task): Promise<Outcome | VariationOutcome> => {
    if ("mutant" in task) return judgeMutant({ mutant: known(mutants, task.mutant), cases: task.cases, times: first.times }, workshop);
    return judgeVariation(together(task.variations.map((id) => known(variations, id))), task.cases, workshop, first.times);
  };
  process.on("message", (message: ToWorker) => {
    if (!("times" in message)) judge(message).then((outcome) => { tell({ outcome }); }, fail);
  });
  process.once("disconnect", () => { workshop.close().then(() => { process.exit(0); }, () => { process.exit(0); }); });
  tell({ ready: true });
}

function known<T>(all: ReadonlyMap<string, T>, id: string): T {
  const found = all.get(id);
  if (found === undefined) throw new Error(`there is no ${id}`);
  return found;
}

function tell(message: FromWorker): void {
  // Nobody listens any more once the run was interrupted.
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}

function fail(thrown: unknown): void {
  tell({ fault: thrown instanceof Error ? thrown.stack ?? thrown.message : messageOf(thrown) });
}

serve().catch(fail);
