/** One run on the unmutated runtime: which case calls which RPCs, what mutants would touch, and what the runtime reads. */
import { setMaxListeners } from "node:events";
import { runCase } from "../engine/run-case.ts";
import type { Message } from "../cri/message.ts";
import { openArena, type Workshop } from "./arena.ts";
import { isRecord } from "./field-path.ts";
import type { Mutant } from "./mutant.ts";
import type { Mutator } from "../reference-runtime/server.ts";
import { limited } from "./limited.ts";

export interface CaseProfile {
  readonly id: string;
  readonly rpcs: readonly string[];
  readonly ms: number;
}

/** Plain data: it goes to the workers. */
export interface Profile {
  /** Cases that passed; the others cannot kill. */
  readonly cases: readonly CaseProfile[];
  readonly unfit: readonly string[];
  /** Invariants that held. */
  readonly invariants: readonly string[];
  /** Mutants of fields that would have changed something. */
  readonly touched: readonly string[];
  /** `RPC.field` of requests that the runtime looked at. */
  readonly read: readonly string[];
}

/** Profiles every case of the catalog. */
export async function profileRun(workshop: Workshop, mutants: readonly Mutant[], jobs: number): Promise<Profile> {
  const touched = new Set<string>();
  const read = new Set<string>();
  const rpcsByCase = new Map<string, Set<string>>();
  const arena = await openArena(workshop, observers(mutants, touched, read), (event) => {
    if (event.type !== "call") return;
    const rpcs = rpcsByCase.get(event.case) ?? new Set();
    rpcsByCase.set(event.case, rpcs.add(event.rpc));
  });
  try {
    const stay = new AbortController();
    setMaxListeners(0, stay.signal);
    const cases: CaseProfile[] = [];
    const unfit: string[] = [];
    const run = async (item: (typeof arena.plan.cases)[number]): Promise<void> => {
      if (item.skip !== undefined) return;
      const result = await runCase(item, arena.environment, stay.signal);
      if (result.verdict === "passed") cases.push({ id: item.id, rpcs: [...(rpcsByCase.get(item.id) ?? [])], ms: Math.round(result.durationMs) });
      else if (result.verdict !== "unsupported" && result.verdict !== "blocked") unfit.push(`${item.id}: ${result.verdict}: ${result.reason ?? ""}`);
    };
    await limited(arena.plan.cases.filter((item) => item.alone === undefined), jobs, run);
    await limited(arena.plan.cases.filter((item) => item.alone !== undefined), 1, run);
    const invariants = arena.invariants.results().filter((result) => result.verdict === "passed").map((result) => result.id);
    return { cases, unfit, invariants, touched: [...touched], read: [...read] };
  } finally {
    await arena.close();
  }
}

function observers(mutants: readonly Mutant[], touched: Set<string>, read: Set<string>): Mutator[] {
  const dry = mutants.flatMap((mutant): Mutator[] => {
    if (mutant.field === undefined) return [];
    const fault = mutant.make(() => touched.add(mutant.id));
    return [{
      rpc: mutant.rpc,
      ...(fault.before === undefined ? {} : { before: (request: Message) => { if (!touched.has(mutant.id)) fault.before?.(request); return request; } }),
      ...(fault.after === undefined ? {} : { after: (response: Message, request: Message) => { if (!touched.has(mutant.id)) void fault.after?.(response, request); return response; } }),
    }];
  });
  const rpcs = new Set(mutants.map((mutant) => mutant.rpc));
  return [...dry, ...[...rpcs].map((rpc): Mutator => ({ rpc, before: (request) => watched(request, rpc, read) }))];
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
