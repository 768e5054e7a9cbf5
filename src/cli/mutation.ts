/** `criteria mutation`: how much of what can be wrong do the suites see? */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Catalog, loadCatalog } from "../catalog/load.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { globMatches } from "../model/glob.ts";
import { baseOf } from "../model/plan.ts";
import { caseTexts, type CaseText, casesFor } from "../mutation/cases-for.ts";
import { isAbout } from "../mutation/citing.ts";
import { leftToReal, settledFate } from "../mutation/equivalence.ts";
import { allMutants } from "../mutation/find-mutant.ts";
import type { Mutant } from "../mutation/mutant.ts";
import type { Fate, Outcome } from "../mutation/outcome.ts";
import { type Profile, profileRun, readProfile, timesOf, withoutCases, writeProfile } from "../mutation/profile.ts";
import { baselineOf, droppedSince, scoreOf, scoreText } from "../mutation/score.ts";
import { goProgram } from "../oci/go-program.ts";
import { exitByInterrupt, exitCodes } from "../runner/exit-code.ts";
import type { MutationOptions } from "./commands/mutation.ts";
import { judgeAll } from "./mutation-pool.ts";
import type { Task } from "./mutation-worker.ts";
import { openWorkshop, type WorkshopOptions } from "./mutation-workshop.ts";
import type { Terminal } from "./terminal.ts";
import { readWaiverFiles } from "./waiver-files.ts";

export interface MutationJob {
  readonly options: MutationOptions;
  readonly terminal: Terminal;
}

type MutantTask = Extract<Task, { readonly mutant: string }>;

/** Mutants mostly wait: several in each process keep its core busy. A real runtime has its own work to do. */
export const perWorker = { embedded: 4, real: 2, runc: 1 };
const profileJobs = { embedded: 16, real: 4 };
const defaultWorkers = 2;
const triedBeforeLeft = 40;

/** Gives exit 0, 5 when the score is under `--min-score` or below the baseline, 4 when it could not be found. */
export async function measureMutation({ options, terminal }: MutationJob): Promise<number> {
  if (options.runc !== undefined && options.upstream === undefined) throw new HarnessError("USAGE", "--runc needs --upstream", { hint: "docs/mutation.md shows a runtime with such a handler." });
  if (options.runc !== undefined && options.list !== true) await placeRunc(options.runc);
  const mutants = choose(allMutants(), options);
  if (options.list === true) {
    for (const { id, about } of mutants) terminal.out(`${id}\t${about}\n`);
    return 0;
  }
  const earlier = readEarlier(options, terminal);
  const wanted = mutants.filter((mutant) => needsVerdict(earlier.get(mutant.id)));
  const { profile, texts } = await learn(wanted, options, terminal);
  const kind = kindOf(options);
  const settled: Outcome[] = [];
  const tasks: MutantTask[] = [];
  for (const mutant of wanted) {
    const fate = settledFate(mutant, profile);
    // Cases that it shows in are the first ones; if none of them sees it here, a real runtime is asked.
    const most = kind === "embedded" && leftToReal(mutant.id) !== undefined ? triedBeforeLeft : Number.POSITIVE_INFINITY;
    if (fate === undefined) tasks.push({ mutant: mutant.id, cases: casesFor(mutant, profile, texts).slice(0, most) });
    else settled.push({ id: mutant.id, rpc: mutant.rpc, about: mutant.about, ...fate, ms: 0 });
  }
  // Calls without an effect make cases wait for it: what takes long begins first, and the rest passes by.
  const isSlow = ({ mutant }: MutantTask): boolean => mutant.startsWith("rpc.");
  const inOrder = [...tasks.filter(isSlow), ...tasks.filter((task) => !isSlow(task))];
  const judged: Outcome[] = [];
  // One file tells our runc what is wrong: one mutant at a time.
  await judgeAll(inOrder, { workers: kind === "runc" ? 1 : (options.jobs ?? defaultWorkers), perWorker: perWorker[kind], times: timesOf(profile), workshop: workshopOptions(options), terminal }, (outcome) => {
    if ("fate" in outcome) judged.push(kind === "embedded" && outcome.fate !== "citing" && outcome.fate !== "other" ? { ...outcome, ...leftToReal(outcome.id) } : outcome);
  });
  return publish(joined(mutants, earlier, [...settled, ...judged]), options, terminal);
}

/** Puts our runc where the handler looks for it; the file beside it says which one is the real one. */
async function placeRunc(path: string): Promise<void> {
  const binary = await goProgram({ folder: "runc-mutant", shippedAs: "runc-mutant" });
  writeFileSync(`${path}.new`, binary, { mode: 0o755 });
  renameSync(`${path}.new`, path);
  if (!existsSync(`${path}.json`)) writeFileSync(`${path}.json`, JSON.stringify({ runc: "runc", edits: [] }));
}

function kindOf({ upstream, runc }: MutationOptions): "embedded" | "real" | "runc" {
  return upstream === undefined ? "embedded" : runc === undefined ? "real" : "runc";
}

/** What workers open, as the options say. */
export function workshopOptions({ suites, upstream, runtimeHandler, runc }: MutationOptions): WorkshopOptions {
  return { ...(runc === undefined ? {} : { runc }), ...(suites === undefined ? {} : { suites }), ...(upstream === undefined ? {} : { upstream }), ...(runtimeHandler === undefined ? {} : { handler: runtimeHandler }) };
}

/** Each carrier has its own kind: our runc, the wire, and for all the rest the runtime's answers and effects. */
function choose(all: readonly Mutant[], { area, sample, hostile, runc }: MutationOptions): Mutant[] {
  const wanted = runc !== undefined ? "oci" : hostile === true ? "hostile" : undefined;
  const kind = all.filter(({ operator }) => (wanted === undefined ? operator !== "oci" && operator !== "hostile" : operator === wanted));
  const fitting = area === undefined ? kind : kind.filter((mutant) => [mutant.rpc, mutant.id].some((name) => area.some((glob) => globMatches(glob, name))));
  if (fitting.length === 0) throw new HarnessError("USAGE", `no mutant fits '${area?.join(",") ?? ""}'`, { hint: "Name an RPC, or a glob of mutant ids such as 'response.ContainerStatus.*'." });
  // Evenly spread, so that the same sample is taken each time.
  return sample === undefined || sample >= fitting.length ? fitting : Array.from({ length: sample }, (_none, index) => fitting[Math.floor((index * fitting.length) / sample)]).filter((item) => item !== undefined);
}

/** What another carrier, or other suites, may still decide. */
function needsVerdict(outcome: Outcome | undefined): boolean {
  return outcome === undefined || outcome.fate !== "citing";
}

/** The outcomes of an earlier run. */
function readEarlier({ complete }: MutationOptions, terminal: Terminal): Map<string, Outcome> {
  if (complete === undefined) return new Map();
  try {
    const { mutants } = JSON.parse(readFileSync(resolve(terminal.cwd, complete), "utf8")) as { readonly mutants: readonly Outcome[] };
    return new Map(mutants.map((outcome) => [outcome.id, outcome]));
  } catch (thrown) {
    throw new HarnessError("USAGE", `cannot read ${complete}: ${messageOf(thrown)}`, { hint: "Name what an earlier run wrote with --json." });
  }
}

/** What says most comes first; of equal ones the later word counts. */
const weights: Readonly<Record<Fate, number>> = { citing: 5, other: 4, equivalent: 3, noticed: 2, survived: 1, "not-carried": 0 };

/** In the order of the mutants. A kill by either carrier counts. */
function joined(mutants: readonly Mutant[], earlier: ReadonlyMap<string, Outcome>, later: readonly Outcome[]): Outcome[] {
  const byId = new Map(later.map((outcome) => [outcome.id, outcome]));
  return mutants.flatMap(({ id }) => {
    const [before, after] = [earlier.get(id), byId.get(id)];
    if (before === undefined || after === undefined) return [before ?? after].filter((outcome) => outcome !== undefined);
    return [weights[before.fate] > weights[after.fate] ? before : after];
  });
}

/** Profiles the sound runtime, or takes what an earlier run has kept. */
export async function learn(mutants: readonly Mutant[], options: MutationOptions, terminal: Terminal): Promise<{ readonly profile: Profile; readonly texts: ReadonlyMap<string, CaseText> }> {
  const waived = readWaiverFiles(options.waivers ?? [], terminal.cwd).map((waiver) => waiver.case);
  const isWaived = (id: string): boolean => waived.some((glob) => globMatches(glob, id) || globMatches(glob, baseOf(id)));
  const file = options.profile === undefined ? undefined : resolve(terminal.cwd, options.profile);
  if (file !== undefined && existsSync(file)) {
    const profile = withoutCases(readProfile(readFileSync(file, "utf8")), isWaived);
    return { profile, texts: caseTexts(loadCatalog(options.suites === undefined ? {} : { dir: options.suites }), profile) };
  }
  const workshop = await openWorkshop(workshopOptions(options));
  try {
    const began = performance.now();
    const { embedded } = workshop.carrier;
    // What is kept serves other areas too.
    const whole = await profileRun(workshop, file === undefined ? mutants : allMutants(), {
      jobs: profileJobs[embedded ? "embedded" : "real"], alone: embedded,
      ...(file === undefined && mutants.length > 0 && (options.area !== undefined || !embedded) ? { only: casesAbout(mutants, workshop.catalog) } : {}),
    });
    if (file !== undefined) writeFileSync(file, writeProfile(whole));
    const profile = withoutCases(whole, isWaived);
    for (const line of profile.unfit) terminal.err(`does not pass on a sound runtime, kills nothing: ${line}\n`);
    terminal.err(`${profile.cases.length} cases pass on the sound runtime (${Math.round((performance.now() - began) / 1000)} s)\n`);
    return { profile, texts: caseTexts(workshop.catalog, profile) };
  } finally {
    await workshop.close();
  }
}

/** What fixtures call on the way; each other RPC is a step of the cases that have to do with it. */
const calledByFixtures: ReadonlySet<string> = new Set(["RunPodSandbox", "StopPodSandbox", "RemovePodSandbox", "CreateContainer", "StartContainer", "RemoveContainer", "ContainerStatus", "PullImage"]);

/** Nothing is learnt for an area from cases that have nothing to do with it; general rules (GEN) have cases for every RPC. */
function casesAbout(mutants: readonly Mutant[], { cases }: Catalog): Set<string> {
  const called = new Set(mutants.filter((mutant) => mutant.oci === undefined).map((mutant) => mutant.rpc));
  const ruled = new Map(mutants.filter(({ rpc, breaks }) => breaks !== undefined || calledByFixtures.has(rpc)).map((mutant) => [mutant.breaks === undefined ? mutant.rpc : mutant.id, mutant]));
  const isWanted = ({ rpcs, plan }: Catalog["cases"][number]): boolean => rpcs.some((rpc) => called.has(rpc)) || plan.requirements.some((id) => !id.startsWith("GEN-") && [...ruled.values()].some((mutant) => isAbout(id, mutant)));
  return new Set(cases.filter(isWanted).map((item) => item.baseId));
}

function publish(outcomes: readonly Outcome[], options: MutationOptions, terminal: Terminal): number {
  const score = scoreOf(outcomes);
  const write = (file: string, value: unknown): void => { writeFileSync(resolve(terminal.cwd, file), `${JSON.stringify(value, undefined, 1)}\n`); };
  if (options.json !== undefined) write(options.json, { score, mutants: outcomes });
  if (options.writeBaseline !== undefined) write(options.writeBaseline, baselineOf(outcomes));
  terminal.out(scoreText(outcomes));
  if (terminal.interrupt.aborted) return exitByInterrupt(terminal.interrupt);
  const dropped = options.baseline === undefined ? [] : droppedSince(JSON.parse(readFileSync(resolve(terminal.cwd, options.baseline), "utf8")) as Record<string, number>, outcomes);
  for (const line of dropped) terminal.err(`criteria: ${line}\n`);
  const low = options.minScore !== undefined && score.killed < options.minScore;
  if (low) terminal.err(`criteria: ${score.killed} % of the mutants are killed, ${options.minScore ?? 0} % are wanted\n`);
  return low || dropped.length > 0 ? exitCodes.budget : exitCodes.ok;
}
