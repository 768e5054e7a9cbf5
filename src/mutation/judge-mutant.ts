/** Runs the cases that matter against one mutant, until a citing check kills it. */
import { setMaxListeners } from "node:events";
import { runCase } from "../engine/run-case.ts";
import { messageOf } from "../model/errors.ts";
import type { PlanCase } from "../model/plan.ts";
import type { CaseResult } from "../model/verdict.ts";
import { type Arena, openArena, type Workshop } from "./arena.ts";
import { cites } from "./citing.ts";
import { limited } from "./limited.ts";
import type { Mutant } from "./mutant.ts";
import { type Fate, type Outcome, unexercised } from "./outcome.ts";
import type { Profile } from "./profile.ts";

const capMs = 20_000;
const jobs = 8;
/** A case that takes this many times as long as on the unmutated runtime hangs. */
const hangFactor = 3;

/** What is known so far; the worst fate for the mutant counts. */
class Trial {
  fate: Fate = "survived";
  by = "every case that calls it passed";
  covers: readonly string[] = [];
  touched = 0;
  readonly stop = new AbortController();
  readonly #mutant: Mutant;
  readonly #valid: ReadonlySet<string>;

  constructor(mutant: Mutant, valid: ReadonlySet<string>) {
    this.#mutant = mutant;
    this.#valid = valid;
    // Each call of each case listens.
    setMaxListeners(0, this.stop.signal);
  }

  note(result: CaseResult): void {
    if (this.stop.signal.aborted) return;
    const failed = result.checks.filter((check) => check.ok === false);
    for (const check of failed) this.#kill(cites(check, this.#mutant.rpc) ? "citing" : "other", `${result.id}: ${check.covers.join(", ")}: ${check.message ?? check.verb}`, check.covers);
    if (failed.length === 0 && result.verdict === "failed") this.#kill(result.requirements.some((id) => id.startsWith(`${this.#mutant.rpc}-`)) ? "citing" : "other", `${result.id}: ${result.reason ?? ""}`);
    if (result.verdict === "broken" && this.fate === "survived") this.#set("noticed", `${result.id}: ${result.reason ?? ""}`);
  }

  noteInvariants(arena: Arena): void {
    for (const result of arena.invariants.results()) if (this.#valid.has(result.id)) this.note(result);
  }

  /** Nobody waits longer: a case that hangs is as good as failed, but cites nothing. */
  timeUp(running: ReadonlyMap<string, number>, profile: Profile): void {
    const usual = new Map(profile.cases.map((item) => [item.id, item.ms]));
    const hung = [...running].find(([id, since]) => performance.now() - since > hangFactor * Math.max(usual.get(id) ?? 0, 1000));
    if (hung !== undefined && this.fate !== "citing") this.#kill("other", `${hung[0]} hung; it takes ${usual.get(hung[0]) ?? 0} ms on a sound runtime`);
    this.stop.abort();
  }

  #kill(fate: "citing" | "other", by: string, covers: readonly string[] = []): void {
    if (fate === "other" && this.fate === "other") return;
    this.covers = covers;
    this.#set(fate, by);
    if (fate === "citing") this.stop.abort();
  }

  #set(fate: Fate, by: string): void {
    this.fate = fate;
    this.by = by.slice(0, 300);
  }
}

/** The mutant's fate, within 20 s and a little. */
export async function judgeMutant(mutant: Mutant, workshop: Workshop, profile: Profile): Promise<Outcome> {
  const began = performance.now();
  const trial = new Trial(mutant, new Set(profile.invariants));
  const outcome = (fate: Fate, by: string): Outcome => ({ id: mutant.id, rpc: mutant.rpc, about: mutant.about, fate, by, ms: Math.round(performance.now() - began) });
  let arena: Arena;
  try {
    arena = await openArena(workshop, [mutant.make(() => { trial.touched += 1; })], () => undefined);
  } catch (thrown) {
    return outcome("noticed", `the runtime could not be opened: ${messageOf(thrown)}`.slice(0, 300));
  }
  const running = new Map<string, number>();
  const cap = setTimeout(() => { trial.timeUp(running, profile); }, capMs);
  try {
    await runAll(arena, trial, { mutant, profile, running });
  } finally {
    clearTimeout(cap);
    trial.stop.abort();
    await arena.close();
  }
  const unused = trial.fate === "survived" && trial.touched === 0;
  return { ...outcome(trial.fate, unused ? unexercised : trial.by), ...(trial.covers.length === 0 ? {} : { covers: trial.covers }) };
}

interface Bout {
  readonly mutant: Mutant;
  readonly profile: Profile;
  /** Cases under way, and since when. */
  readonly running: Map<string, number>;
}

async function runAll(arena: Arena, trial: Trial, { mutant, profile, running }: Bout): Promise<void> {
  const { signal } = trial.stop;
  const run = async (item: PlanCase): Promise<void> => {
    if (signal.aborted) return;
    running.set(item.id, performance.now());
    const result = await untilStopped(runCase(item, arena.environment, signal), signal);
    running.delete(item.id);
    if (result === undefined) return;
    trial.note(result);
    trial.noteInvariants(arena);
  };
  const cases = casesFor(arena.plan.cases, mutant, profile);
  await limited(cases.filter((item) => item.alone === undefined), jobs, run);
  await limited(cases.filter((item) => item.alone !== undefined), 1, run);
}

/** What was killed is not waited for: closing the runtime ends it. */
function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => { resolve(undefined); }, { once: true });
    work.then(resolve, reject);
  });
}

/** Cases that call the RPC: those that cite it first, quick ones before slow ones. */
export function casesFor(cases: readonly PlanCase[], mutant: Mutant, profile: Profile): PlanCase[] {
  const known = new Map(profile.cases.map((item) => [item.id, item]));
  const rank = (item: PlanCase): number => {
    const cited = item.requirements.some((id) => id.replace(/-\d+$/, "") === mutant.rpc) ? 0 : 1_000_000;
    return cited + (known.get(item.id)?.ms ?? 0);
  };
  return cases.filter((item) => item.skip === undefined && known.get(item.id)?.rpcs.includes(mutant.rpc) === true).sort((a, b) => rank(a) - rank(b));
}
