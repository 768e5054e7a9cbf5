/** One run on the sound runtime: which case gives which mutant a chance to do harm, and what the runtime reads. */
import { setMaxListeners } from "node:events";
import pLimit from "p-limit";
import type { Answer } from "../cri/client.ts";
import { isRecord } from "../cri/message.ts";
import { runCase } from "../engine/run-case.ts";
import { baseOf, type PlanCase } from "../model/plan.ts";
import type { Mutator } from "../reference-runtime/mutators/mutator.ts";
import { openArena, type Workshop } from "./arena.ts";
import type { Mutant } from "./mutant.ts";

/** A case that passed; the others cannot kill. */
export interface CaseProfile {
  readonly id: string;
  readonly rpcs: readonly string[];
  readonly ms: number;
}

/** What workers must know. Plain data: it goes to other processes. */
export interface CaseTimes {
  readonly ms: Readonly<Record<string, number>>;
  /** Invariants that held. */
  readonly invariants: readonly string[];
  /** Every case that was planned, passed or not. */
  readonly known: readonly string[];
}

export interface Profile {
  readonly cases: readonly CaseProfile[];
  readonly unfit: readonly string[];
  /** Every case that was planned. */
  readonly known: readonly string[];
  readonly invariants: readonly string[];
  /** Mutants of fields, and the cases in which they would have changed a message. */
  readonly touched: ReadonlyMap<string, ReadonlySet<string>>;
  /** `RPC.field` of requests that the runtime looked at; undefined when that cannot be seen. */
  readonly read: ReadonlySet<string> | undefined;
  /** Cases in a pod that they share: whoever came first made it. */
  readonly sharing: ReadonlySet<string>;
}

export interface ProfileOptions {
  readonly jobs: number;
  /** Cases that nothing may run beside too. */
  readonly alone: boolean;
  /** Ids of the cases that matter, with or without axes; all unless said. */
  readonly only?: ReadonlySet<string>;
}

/** Profiles every case of the catalog. */
export async function profileRun(workshop: Workshop, mutants: readonly Mutant[], { jobs, alone, only }: ProfileOptions): Promise<Profile> {
  const read = new Set<string>();
  const drill = new Drill(mutants);
  const watching = workshop.carrier.embedded ? [...new Set(mutants.map((mutant) => mutant.rpc))].map((rpc): Mutator => ({ rpc, before: (request) => watched(request, rpc, read) })) : [];
  const arena = await openArena(workshop, { mutators: watching }, { observer: drill });
  try {
    const stay = new AbortController();
    setMaxListeners(0, stay.signal);
    const passed: Pick<CaseProfile, "id" | "ms">[] = [];
    const unfit: string[] = [];
    const run = async (item: PlanCase): Promise<void> => {
      if (item.skip !== undefined || only?.has(baseOf(item.id)) === false) return;
      const result = await runCase(item, arena.environment, stay.signal);
      if (result.verdict === "passed") passed.push({ id: item.id, ms: Math.round(result.durationMs) });
      else if (result.verdict !== "unsupported" && result.verdict !== "blocked") unfit.push(`${item.id}: ${result.verdict}: ${result.reason ?? ""}`);
    };
    await pLimit(jobs).map(arena.plan.cases.filter((item) => item.alone === undefined), run);
    if (alone) await pLimit(1).map(arena.plan.cases.filter((item) => item.alone !== undefined), run);
    for (const cells of togetherBefore(arena.plan.cases)) drill.spread(cells);
    const cases = passed.map(({ id, ms }): CaseProfile => ({ id, rpcs: [...(drill.rpcs.get(id) ?? [])], ms }));
    const invariants = arena.invariants.results().filter((result) => result.verdict === "passed").map((result) => result.id);
    const sharing = new Set(arena.plan.cases.filter((item) => [...(item.before ?? []), ...item.given].some((fixture) => fixture.shared)).map((item) => item.id));
    return { cases, unfit, known: arena.plan.cases.map((item) => item.id), invariants, touched: drill.touched, read: workshop.carrier.embedded ? read : undefined, sharing };
  } finally {
    await arena.close();
  }
}

/** The cells that look at the same fixtures, which one of them makes. */
function togetherBefore(cases: readonly PlanCase[]): string[][] {
  const cells = new Map<string, string[]>();
  for (const { id, before } of cases) if (before !== undefined) cells.set(baseOf(id), [...(cells.get(baseOf(id)) ?? []), id]);
  return [...cells.values()];
}

/** Lets each mutant of a field try itself on each message that goes by. */
class Drill {
  readonly touched = new Map<string, Set<string>>();
  readonly rpcs = new Map<string, Set<string>>();
  readonly #dry = new Map<string, { readonly id: string; readonly faults: readonly Mutator[] }[]>();
  #changed = false;

  constructor(mutants: readonly Mutant[]) {
    for (const mutant of mutants) {
      if (mutant.field === undefined) continue;
      const dry = { id: mutant.id, faults: mutant.make(() => { this.#changed = true; }) };
      this.#dry.set(mutant.rpc, [...(this.#dry.get(mutant.rpc) ?? []), dry]);
    }
  }

  /** Takes what one of these cases met as met by each. */
  spread(cells: readonly string[]): void {
    const rpcs = cells.flatMap((id) => [...(this.rpcs.get(id) ?? [])]);
    for (const id of cells) this.rpcs.set(id, new Set(rpcs));
    for (const cases of this.touched.values()) {
      if (cells.some((id) => cases.has(id))) for (const id of cells) cases.add(id);
    }
  }

  see({ rpc, request, responses }: Answer, _seq: number, caseId: string): void {
    const rpcs = this.rpcs.get(caseId) ?? new Set();
    this.rpcs.set(caseId, rpcs.add(rpc));
    for (const { id, faults } of this.#dry.get(rpc) ?? []) {
      const cases = this.touched.get(id) ?? new Set();
      if (cases.has(caseId)) continue;
      this.#changed = false;
      for (const fault of faults) {
        fault.before?.(request);
        for (const response of responses) {
          void fault.after?.(response, request);
          // Thousands of events say the same thing.
          if (this.#changed) break;
        }
      }
      if (this.#changed) this.touched.set(id, cases.add(caseId));
    }
  }
}

/** The message, noting each field that is looked at; what is looked at in an item counts for the list. */
function watched<T extends object>(value: T, path: string, read: Set<string>): T {
  return new Proxy(value, {
    get(target, key, receiver) {
      const inner: unknown = Reflect.get(target, key, receiver);
      if (typeof key !== "string") return inner;
      const place = Array.isArray(target) ? path : `${path}.${key}`;
      if (!Array.isArray(target)) read.add(place);
      return isRecord(inner) || Array.isArray(inner) ? watched(inner, place, read) : inner;
    },
  });
}

export function timesOf({ cases, invariants, known }: Profile): CaseTimes {
  return { known, ms: Object.fromEntries(cases.map((item) => [item.id, item.ms])), invariants };
}

/** The profile as if these cases and invariants were not there: what a runtime now and then does not keep tells no mutant from a sound runtime. */
export function withoutCases(profile: Profile, leftOut: (id: string) => boolean): Profile {
  const stays = (id: string): boolean => !leftOut(id);
  const [cases, invariants] = [profile.cases.filter(({ id }) => stays(id)), profile.invariants.filter(stays)];
  const unfit = profile.unfit.filter((line) => stays(line.split(":")[0] ?? line));
  return { ...profile, cases, invariants, unfit };
}

/** As text, for another run with the same suites and the same runtime. */
export function writeProfile(profile: Profile): string {
  const { touched, read, sharing, ...plain } = profile;
  const ids = [...new Set([...touched.values()].flatMap((cases) => [...cases]))];
  const place = new Map(ids.map((id, index) => [id, index]));
  const byMutant = [...touched].map(([mutant, cases]) => [mutant, [...cases].map((id) => place.get(id))]);
  return JSON.stringify({ ...plain, ids, touched: byMutant, read: read === undefined ? null : [...read], sharing: [...sharing] });
}

/** What `writeProfile` wrote. */
export function readProfile(text: string): Profile {
  const { ids, touched, read, sharing, ...plain } = JSON.parse(text) as Omit<Profile, "touched" | "read" | "sharing"> & { readonly ids: readonly string[]; readonly touched: readonly (readonly [string, readonly number[]])[]; readonly read: readonly string[] | null; readonly sharing: readonly string[] };
  return {
    ...plain, sharing: new Set(sharing), read: read === null ? undefined : new Set(read),
    touched: new Map(touched.map(([mutant, cases]) => [mutant, new Set(cases.map((index) => ids[index] ?? ""))])),
  };
}
