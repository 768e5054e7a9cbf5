/** Runs the cases that matter against one mutant, until a citing check kills it. */
import { setMaxListeners } from "node:events";
import pLimit from "p-limit";
import { timeLimit } from "../cri/time-limit.ts";
import { runCase } from "../engine/run-case.ts";
import { messageOf } from "../model/errors.ts";
import { baseOf, type PlanCase } from "../model/plan.ts";
import type { CaseResult } from "../model/verdict.ts";
import { type Arena, openArena, type Workshop } from "./arena.ts";
import { cites } from "./citing.ts";
import { breaksRule, type Mutant } from "./mutant.ts";
import { type Fate, type Outcome, unexercised } from "./outcome.ts";
import type { CaseTimes } from "./profile.ts";

/** For all cases of a mutant; what has not been tried by then says nothing. */
const capMs = { embedded: 90_000, real: 180_000 };
const jobs = { embedded: 8, real: 4 };
/** For calls that a hostile runtime may never answer. */
const patienceMs = 3000;
/** A case that takes so much longer than on the sound runtime hangs; a busy machine is no fault of a mutant. */
const hang = { first: { factor: 8, leastMs: 8000 }, again: { factor: 4, leastMs: 5000 } };
/** Who waits for something that cites more than a case that hung. */
const graceMs = 4000;

/** What is known so far; the worst fate for the mutant counts. */
class Trial {
  fate: Fate = "survived";
  by = "every case that calls it passed";
  covers: readonly string[] = [];
  touched = 0;
  /** Cases that came to their end. */
  tried = 0;
  /** No further case is tried. */
  hung = false;
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
    const told = failed.filter(({ covers }) => covers.length > 0);
    for (const check of told) this.#kill(cites(check, this.#mutant) ? "citing" : "other", `${result.id}: ${check.covers.join(", ")}: ${check.message ?? check.verb}`, check.covers);
    if (told.length === 0 && result.verdict === "failed") this.#kill(result.requirements.some((id) => breaksRule(this.#mutant, id) ?? id.startsWith(`${this.#mutant.rpc}-`)) ? "citing" : "other", `${result.id}: ${result.reason ?? ""}`);
    if (result.verdict === "broken" && this.fate === "survived") this.#set("noticed", `${result.id}: ${result.reason ?? ""}`);
  }

  noteInvariants(arena: Arena): void {
    for (const result of arena.invariants.results()) if (this.#valid.has(result.id)) this.note(result);
  }

  /** A case that hangs is as good as failed, but cites nothing. Those under way may still say more; the rest is not waited for. */
  noteHung(id: string, usualMs: number): void {
    if (this.hung || this.stop.signal.aborted) return;
    this.hung = true;
    this.#kill("other", `${id} hung, twice; it takes ${usualMs} ms on a sound runtime`);
    setTimeout(() => { this.stop.abort(); }, graceMs).unref();
  }

  timeUp(): void {
    if (this.fate === "survived") this.by = "those cases that were tried in time passed";
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

/** A mutant and the cases that may kill it, in the order in which they are tried. */
export interface Bout {
  readonly mutant: Mutant;
  readonly cases: readonly string[];
  readonly times: CaseTimes;
}

/** The mutant's fate, within a cap and a little. */
export async function judgeMutant(bout: Bout, workshop: Workshop): Promise<Outcome> {
  const { mutant, times } = bout;
  const began = performance.now();
  const trial = new Trial(mutant, new Set(times.invariants));
  const outcome = (fate: Fate, by: string): Outcome => ({ id: mutant.id, rpc: mutant.rpc, about: mutant.about, fate, by, ...(trial.covers.length === 0 ? {} : { covers: trial.covers }), tried: trial.tried, ms: Math.round(performance.now() - began) });
  let arena: Arena;
  try {
    arena = await openArena(workshop, { mutators: mutant.make(() => { trial.touched += 1; }), ...(mutant.oci === undefined ? {} : { oci: mutant.oci }) }, { cases: bout.cases, ...(mutant.operator === "hostile" ? { deadlineMs: patienceMs } : {}) });
  } catch (thrown) {
    // `criteria run` ends with exit 3 then, and says what the handshake got.
    return outcome("other", `nobody would judge it: ${messageOf(thrown)}`.slice(0, 300));
  }
  const kind = workshop.carrier.embedded ? "embedded" : "real";
  const cap = setTimeout(() => { trial.timeUp(); }, capMs[kind]);
  try {
    await runAll(arena, trial, { cases: inOrder(arena.plan.cases, bout), ms: times.ms, jobs: jobs[kind] });
  } finally {
    clearTimeout(cap);
    trial.stop.abort();
    await arena.close();
  }
  const unused = trial.fate === "survived" && trial.touched === 0 && mutant.oci === undefined;
  return outcome(trial.fate, unused ? unexercised : trial.by);
}

/** Those chosen, in their order; then cells that are new because the mutant changed what an axis discovers. */
function inOrder(planned: readonly PlanCase[], { cases, times }: Bout): PlanCase[] {
  const byId = new Map(planned.map((item) => [item.id, item]));
  const known = new Set(times.known);
  const bases = new Set(cases.map(baseOf));
  const fresh = times.known.length === 0 ? [] : planned.filter((item) => bases.has(baseOf(item.id)) && !known.has(item.id));
  return [...cases.map((id) => byId.get(id)).filter((item) => item !== undefined), ...fresh].filter((item) => item.skip === undefined);
}

interface Queue {
  readonly cases: readonly PlanCase[];
  /** How long each takes on a sound runtime. */
  readonly ms: Readonly<Record<string, number>>;
  readonly jobs: number;
}

async function runAll(arena: Arena, trial: Trial, queue: Queue): Promise<void> {
  const { signal } = trial.stop;
  const attempt = (item: PlanCase, { factor, leastMs }: { readonly factor: number; readonly leastMs: number }): Promise<CaseResult | undefined> => {
    const limit = timeLimit(signal, Math.max(leastMs, factor * (queue.ms[item.id] ?? 0)));
    setMaxListeners(0, limit.signal);
    return untilStopped(runCase(item, arena.environment, limit.signal), limit.signal).finally(limit.clear);
  };
  const run = async (item: PlanCase): Promise<void> => {
    const over = (): boolean => signal.aborted || trial.hung;
    if (over()) return;
    // Once may be the machine's fault.
    const result = (await attempt(item, hang.first)) ?? (over() ? undefined : await attempt(item, hang.again));
    if (result === undefined) {
      trial.noteHung(item.id, queue.ms[item.id] ?? 0);
      return;
    }
    trial.tried += 1;
    trial.note(result);
    trial.noteInvariants(arena);
  };
  await pLimit(queue.jobs).map(queue.cases.filter((item) => item.alone === undefined), run);
  await pLimit(1).map(queue.cases.filter((item) => item.alone !== undefined), run);
}

/** What was killed is not waited for: closing the runtime ends it. */
function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => { resolve(undefined); }, { once: true });
    work.then(resolve, reject);
  });
}
