/** `criteria mutation --variations`: does any case forbid what the contract allows? */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { HarnessError } from "../model/errors.ts";
import type { VariationOutcome } from "../mutation/judge-variation.ts";
import { type Profile, timesOf } from "../mutation/profile.ts";
import { type Variation, writtenVariations } from "../mutation/written/read.ts";
import { globMatches } from "../runner/glob.ts";
import type { MutationOptions } from "./commands/mutation.ts";
import { learn, type MutationJob, perWorker, workshopOptions } from "./mutation.ts";
import { judgeAll } from "./mutation-pool.ts";

/** A real runtime takes its time: so many cases for each variation there, evenly spread. */
const mostCases = { embedded: Number.POSITIVE_INFINITY, real: 60 };

/** Gives exit 0, or 1 when a case turned red. */
export async function judgeVariations({ options, terminal }: MutationJob): Promise<number> {
  const variations = chosen(options);
  if (options.list === true) {
    for (const { id, about, because } of variations) terminal.out(`${id}\t${about} (${because})\n`);
    return 0;
  }
  const { profile } = await learn([], options, terminal);
  const kind = options.upstream === undefined ? "embedded" : "real";
  const tasks = variations.map((variation) => ({ variation: variation.id, cases: spread(casesOf(variation, profile), mostCases[kind]) }));
  const outcomes: VariationOutcome[] = [];
  await judgeAll(tasks, { workers: options.jobs ?? 2, perWorker: Math.max(1, perWorker[kind] / 2), times: timesOf(profile), workshop: workshopOptions(options), terminal }, (outcome) => {
    if (!("reds" in outcome)) return;
    outcomes.push(outcome);
    terminal.out(lineOf(outcome));
  });
  if (options.json !== undefined) writeFileSync(resolve(terminal.cwd, options.json), `${JSON.stringify(outcomes, undefined, 1)}\n`);
  const red = outcomes.filter(({ reds }) => reds.length > 0).length;
  terminal.out(`${outcomes.length} variations, ${red} turned a case red\n`);
  return red === 0 ? 0 : 1;
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
  const told = reds.map((red) => `    ${red.case}: ${red.reason}\n`).join("") + unsteady.map((red) => `    once only: ${red.case}: ${red.reason}\n`).join("");
  return `${reds.length === 0 ? "green" : "RED  "} ${id.padEnd(34)} ${cases} cases, ${Math.round(ms / 1000)} s\n${told}`;
}
