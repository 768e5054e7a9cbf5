/** Runs cases against a runtime that is right in another way. Whatever turns red then is wrong itself. */
import { setMaxListeners } from "node:events";
import pLimit from "p-limit";
import { runCase } from "../engine/run-case.ts";
import { messageOf } from "../model/errors.ts";
import type { CaseResult } from "../model/verdict.ts";
import { type Arena, openArena, type Workshop } from "./arena.ts";
import type { CaseTimes } from "./profile.ts";
import type { Variation } from "./written/read.ts";

export interface Red {
  readonly case: string;
  readonly reason: string;
}

export interface VariationOutcome {
  readonly id: string;
  readonly cases: number;
  readonly reds: readonly Red[];
  /** Red once, and green the second time. */
  readonly unsteady: readonly Red[];
  readonly ms: number;
}

const jobs = { embedded: 8, real: 4 };
/** Cases before a runtime that is slow mostly wait. */
const patientJobs = { embedded: 32, real: 12 };

/** Runs the cases given, and those that turn red once more, alone. */
export async function judgeVariation(variation: Variation, ids: readonly string[], workshop: Workshop, times: CaseTimes): Promise<VariationOutcome> {
  const began = performance.now();
  const outcome = (cases: number, reds: readonly Red[], unsteady: readonly Red[]): VariationOutcome => ({ id: variation.id, cases, reds, unsteady, ms: Math.round(performance.now() - began) });
  let arena: Arena;
  try {
    arena = await openArena(workshop, { mutators: variation.make() }, variation.contract === undefined ? {} : { contract: variation.contract });
  } catch (thrown) {
    return outcome(0, [{ case: "*", reason: `the runtime could not be opened: ${messageOf(thrown)}` }], []);
  }
  const never = new AbortController();
  setMaxListeners(0, never.signal);
  try {
    const wanted = new Set(ids);
    const cases = arena.plan.cases.filter((item) => wanted.has(item.id) && item.skip === undefined);
    const red = new Map<string, Red>();
    const width = (variation.kind === "pace" ? patientJobs : jobs)[workshop.carrier.embedded ? "embedded" : "real"];
    await pLimit(width).map(cases.filter((item) => item.alone === undefined), async (item) => note(red, await runCase(item, arena.environment, never.signal)));
    await pLimit(1).map(cases.filter((item) => item.alone !== undefined), async (item) => note(red, await runCase(item, arena.environment, never.signal)));
    const again = new Map<string, Red>();
    for (const item of cases.filter(({ id }) => red.has(id))) note(again, await runCase(item, arena.environment, never.signal));
    const held = new Set(times.invariants);
    const invariants = new Map<string, Red>();
    for (const result of arena.invariants.results()) if (held.has(result.id)) note(invariants, result);
    return outcome(cases.length, [...again.values(), ...invariants.values()], [...red.values()].filter((one) => !again.has(one.case)));
  } finally {
    await arena.close();
  }
}

function note(red: Map<string, Red>, { id, verdict, reason, checks }: CaseResult): void {
  if (verdict !== "failed" && verdict !== "broken") return;
  const failed = checks.find((check) => check.ok === false);
  red.set(id, { case: id, reason: `${verdict}: ${failed === undefined ? (reason ?? "") : `${failed.covers.map((id) => `${id}: `).join("")}${failed.message ?? failed.verb}`}`.slice(0, 400) });
}
