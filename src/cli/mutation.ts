/** `criteria mutation`: how much of what can be wrong do the suites see? */
import { type ChildProcess, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { HarnessError } from "../model/errors.ts";
import { settledFate } from "../mutation/equivalence.ts";
import { generateMutants } from "../mutation/generate.ts";
import type { Mutant } from "../mutation/mutant.ts";
import type { Outcome } from "../mutation/outcome.ts";
import { type Profile, profileRun } from "../mutation/profile.ts";
import { scoreOf, scoreText } from "../mutation/score.ts";
import { globMatches } from "../runner/glob.ts";
import type { MutationOptions } from "./commands/mutation.ts";
import { openWorkshop } from "./mutation-workshop.ts";
import type { FromWorker, ToWorker } from "./mutation-worker.ts";
import type { Terminal } from "./terminal.ts";

interface MutationJob {
  readonly options: MutationOptions;
  readonly terminal: Terminal;
}

/** Mutants mostly wait: several in each process keep its core busy. */
const perWorker = 4;
const profileJobs = 16;

/** Gives exit 0, 5 when the score is under `--min-score`, 4 when it could not be found. */
export async function measureMutation({ options, terminal }: MutationJob): Promise<number> {
  const mutants = choose(generateMutants(), options);
  const profile = await learn(mutants, options, terminal);
  for (const line of profile.unfit) terminal.err(`does not pass on a sound runtime, kills nothing: ${line}\n`);
  const settled: Outcome[] = [];
  const open: string[] = [];
  for (const { id, rpc, about, ...rest } of mutants) {
    const fate = settledFate({ id, rpc, about, ...rest }, profile);
    if (fate === undefined) open.push(id);
    else settled.push({ id, rpc, about, ...fate, ms: 0 });
  }
  const judged = await judgeAll(open, { profile, options, terminal });
  const place = new Map(mutants.map((mutant, index) => [mutant.id, index]));
  const outcomes = [...settled, ...judged].sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0));
  return publish(outcomes, options, terminal);
}

function choose(all: readonly Mutant[], { area, sample }: MutationOptions): Mutant[] {
  const fitting = area === undefined ? [...all] : all.filter((mutant) => [mutant.rpc, mutant.id].some((name) => globMatches(area, name)));
  if (fitting.length === 0) throw new HarnessError("USAGE", `no mutant fits '${area ?? ""}'`, { hint: "Name an RPC, or a glob of mutant ids such as 'response.ContainerStatus.*'." });
  // Evenly spread, so that the same sample is taken each time.
  return sample === undefined || sample >= fitting.length ? fitting : Array.from({ length: sample }, (_none, index) => fitting[Math.floor((index * fitting.length) / sample)]).filter((item) => item !== undefined);
}

async function learn(mutants: readonly Mutant[], options: MutationOptions, terminal: Terminal): Promise<Profile> {
  const workshop = await openWorkshop(options.suites);
  try {
    const began = performance.now();
    const profile = await profileRun(workshop, mutants, profileJobs);
    terminal.err(`${profile.cases.length} cases pass on the sound runtime (${Math.round((performance.now() - began) / 1000)} s)\n`);
    return profile;
  } finally {
    await workshop.close();
  }
}

interface Context extends MutationJob {
  readonly profile: Profile;
}

async function judgeAll(ids: readonly string[], context: Context): Promise<Outcome[]> {
  const queue = [...ids];
  const outcomes: Outcome[] = [];
  const note = (outcome: Outcome): void => {
    outcomes.push(outcome);
    if (outcomes.length % 100 === 0) context.terminal.err(`${outcomes.length} of ${ids.length} mutants\n`);
  };
  const workers = Math.max(1, Math.min(context.options.jobs ?? 2, Math.ceil(ids.length / perWorker)));
  if (ids.length > 0) await Promise.all(Array.from({ length: workers }, () => runWorker(queue, note, context)));
  return outcomes;
}

/** One process, fed until the queue is empty. */
function runWorker(queue: string[], note: (outcome: Outcome) => void, { profile, options, terminal }: Context): Promise<void> {
  const child = fork(new URL("./mutation-worker.js", import.meta.url), [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const send = (message: ToWorker): void => { child.send(message); };
  return new Promise<void>((resolvePromise, reject) => {
    let busy = 0;
    const feed = (): void => {
      const next = terminal.interrupt.aborted ? undefined : queue.shift();
      if (next !== undefined) {
        busy += 1;
        send({ mutant: next });
      } else if (busy === 0) child.disconnect();
    };
    child.on("message", (message: FromWorker) => {
      if ("ready" in message) for (let lane = 0; lane < perWorker; lane++) feed();
      else if ("outcome" in message) {
        busy -= 1;
        note(message.outcome);
        feed();
      } else reject(new HarnessError("HARNESS_FAULT", `a worker failed: ${message.fault}`, { hint: "" }));
    });
    child.once("exit", (code) => {
      // The signal that interrupts this process ends its children too.
      if (code === 0 || terminal.interrupt.aborted) resolvePromise();
      else reject(new HarnessError("HARNESS_FAULT", `a worker ended with ${code ?? "a signal"}`, { hint: "" }));
    });
    send({ profile, ...(options.suites === undefined ? {} : { suites: options.suites }) });
  }).finally(() => { end(child); });
}

function end(child: ChildProcess): void {
  if (child.exitCode === null && child.connected) child.disconnect();
}

function publish(outcomes: readonly Outcome[], options: MutationOptions, terminal: Terminal): number {
  const score = scoreOf(outcomes);
  if (options.json !== undefined) writeFileSync(resolve(terminal.cwd, options.json), `${JSON.stringify({ score, mutants: outcomes }, undefined, 1)}\n`);
  terminal.out(scoreText(outcomes));
  if (terminal.interrupt.aborted) return 130;
  if (options.minScore === undefined || score.killed >= options.minScore) return 0;
  terminal.err(`criteria: ${score.killed} % of the mutants are killed, ${options.minScore} % are wanted\n`);
  return 5;
}
