/** `criteria mutation --variations`: does any case forbid what the contract allows? */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { HarnessError } from "../model/errors.ts";
import type { VariationOutcome } from "../mutation/judge-variation.ts";
import { type Profile, timesOf } from "../mutation/profile.ts";
import { idsOf, together, type Variation, writtenVariations } from "../mutation/written/read.ts";
import { exitByInterrupt, exitCodes } from "../runner/exit-code.ts";
import { globMatches } from "../model/glob.ts";
import type { MutationOptions } from "./commands/mutation.ts";
import { learn, type MutationJob, perWorker, workshopOptions } from "./mutation.ts";
import { judgeAll } from "./mutation-pool.ts";
import type { Task } from "./mutation-worker.ts";

type VariationTask = Extract<Task, { readonly variations: unknown }>;

/** A real runtime takes its time: so many cases for each variation there, evenly spread. */
const mostCases = { embedded: Number.POSITIVE_INFINITY, real: 60 };
/** Of all slow ones together before a real runtime: a case takes some seven seconds more there. */
const mostSlow = 300;

function kindOf({ upstream }: MutationOptions): "embedded" | "real" {
  return upstream === undefined ? "embedded" : "real";
}

/** Gives exit 0, or 1 when a case turned red. */
export async function judgeVariations({ options, terminal }: MutationJob): Promise<number> {
  const variations = chosen(options);
  if (options.list === true) {
    for (const { id, about, because } of variations) terminal.out(`${id}\t${about} (${because})\n`);
    return 0;
  }
  const { profile } = await learn([], options, terminal);
  const outcomes = options.together === true ? await judgeTogether(variations, profile, { options, terminal }) : await judgeEach(tasksFor(variations, profile, options), profile, { options, terminal });
  if (options.json !== undefined) writeFileSync(resolve(terminal.cwd, options.json), `${JSON.stringify(outcomes, undefined, 1)}\n`);
  const red = outcomes.filter(({ reds }) => reds.length > 0).length;
  terminal.out(`${variations.length} variations in ${outcomes.length} runs, ${red} of them with a red case\n`);
  // What was not judged may be red.
  if (terminal.interrupt.aborted) return exitByInterrupt(terminal.interrupt);
  return red === 0 ? exitCodes.ok : exitCodes.failed;
}

function tasksFor(variations: readonly Variation[], profile: Profile, options: MutationOptions): VariationTask[] {
  const most = mostCases[kindOf(options)];
  return variations.map((variation) => ({ variations: [variation.id], cases: spread(casesOf(variation, profile), most) }));
}

/** What each task shows; told as it comes. */
async function judgeEach(tasks: readonly VariationTask[], profile: Profile, { options, terminal }: MutationJob): Promise<VariationOutcome[]> {
  const lanes = Math.max(1, perWorker[kindOf(options)] / 2);
  const outcomes: VariationOutcome[] = [];
  await judgeAll(tasks, { workers: options.jobs ?? 2, perWorker: lanes, times: timesOf(profile), workshop: workshopOptions(options), terminal }, (outcome) => {
    if (!("reds" in outcome)) return;
    outcomes.push(outcome);
    terminal.out(lineOf(outcome));
  });
  return outcomes;
}

/**
 * Few runtimes, each with many differences, and every case that calls what is different. Only a group that turns something red is
 * taken apart: then each of its variations meets those cases alone. What is red only together stays red: allowed things are allowed together.
 */
async function judgeTogether(variations: readonly Variation[], profile: Profile, job: MutationJob): Promise<VariationOutcome[]> {
  const groups = new Map<string, Variation[]>();
  for (const variation of variations) {
    // What is absent hides what differs in it, what is slow costs time, and one run judges by one contract.
    const key = `${variation.kind} ${variation.contract ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), variation]);
  }
  const most = (kind: string): number => (kind === "pace" && kindOf(job.options) === "real" ? mostSlow : Number.POSITIVE_INFINITY);
  const taskOf = (group: readonly Variation[]): VariationTask => {
    const one = together(group);
    return { variations: group.map(({ id }) => id), cases: spread(casesOf(one, profile), most(one.kind)) };
  };
  const found = await judgeEach([...groups.values()].map(taskOf), profile, job);
  const apart = found.flatMap((outcome) => {
    const ids = idsOf(outcome.id);
    if (outcome.reds.length === 0 || ids.length < 2) return [];
    const red = new Set(outcome.reds.map((one) => one.case));
    // An invariant is no case: whatever the variation touches may have shown it.
    const isCase = profile.cases.some(({ id }) => red.has(id));
    return variations.filter(({ id }) => ids.includes(id)).map((variation) => ({ variations: [variation.id], cases: casesOf(variation, profile).filter((id) => !isCase || red.has(id)) }));
  });
  return [...found, ...await judgeEach(apart, profile, job)];
}

function chosen({ area, sample }: MutationOptions): Variation[] {
  const fitting = writtenVariations().filter(({ id, rpcs }) => area === undefined || [id, ...rpcs].some((name) => area.some((glob) => globMatches(glob, name))));
  if (fitting.length === 0) throw new HarnessError("USAGE", `no variation fits '${area?.join(",") ?? ""}'`, { hint: "`criteria mutation --variations --list` prints all." });
  return spread(fitting, sample ?? Number.POSITIVE_INFINITY);
}

/** Cases that call what is different. */
function casesOf({ rpcs }: Variation, { cases }: Profile): string[] {
  const wanted = new Set(rpcs);
  return cases.filter((item) => item.rpcs.some((rpc) => wanted.has(rpc))).map((item) => item.id);
}

/** At most so many, evenly spread. */
function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_none, index) => items[Math.floor((index * items.length) / most)]).filter((item) => item !== undefined);
}

function lineOf({ id, cases, reds, unsteady, ms }: VariationOutcome): string {
  const ids = idsOf(id);
  const name = ids.length === 1 ? id : `${ids.length} together`;
  const told = [
    ...(ids.length === 1 ? [] : [`    ${ids.join(", ")}\n`]), ...reds.map((red) => `    ${red.case}: ${red.reason}\n`), ...unsteady.map((red) => `    once only: ${red.case}: ${red.reason}\n`),
  ];
  return `${reds.length === 0 ? "green" : "RED  "} ${name.padEnd(34)} ${cases} cases, ${Math.round(ms / 1000)} s\n${told.join("")}`;
}
