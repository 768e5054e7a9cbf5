/** Mutants of whole RPCs: what happens to errors, effects and streams. */
import { CallError } from "../reference-runtime/call-error.ts";
import { criSchema, type RpcSchema } from "../cri/schema.ts";
import { isRecord, type Message } from "../cri/message.ts";
import type { Mutant } from "./mutant.ts";
import type { Mutator } from "../reference-runtime/mutators/mutator.ts";

const lateMs = 700;

/** Whether the RPC only asks. */
function isQuestion(rpc: string): boolean {
  return /^(?:List|Stream|Get)|(?:Status|Stats|Info|Version|RuntimeConfig)$/.test(rpc) && rpc !== "UpdateRuntimeConfig";
}

type Make = (touched: () => void) => Omit<Mutator, "rpc">;

function mutant(rpc: string, operator: "rpc" | "stream" | "filter", id: string, about: string, make: Make): Mutant {
  return { id: `${operator}.${rpc}.${id}`, operator, rpc, about, make: (touched) => [{ rpc, ...make(touched) }] };
}

/** Mutants of one RPC. */
export function rpcMutants(rpc: RpcSchema): Mutant[] {
  const spurious = mutant(rpc.name, "rpc", "spurious-error", "always fails with INTERNAL", (touched) => ({
    fail: () => {
      touched();
      return { code: "INTERNAL", message: "injected" };
    },
  }));
  if (rpc.serverStream) return [spurious, ...streamMutants(rpc)];
  return [spurious, ...errorMutants(rpc.name), ...(isQuestion(rpc.name) ? [] : effectMutants(rpc)), ...filterMutants(rpc)];
}

function errorMutants(rpc: string): Mutant[] {
  return [
    mutant(rpc, "rpc", "swallowed-error", "answers OK with an empty message in the place of an error", (touched) => ({
      around: async (request, next) => next(request).catch((error: unknown) => {
        if (!(error instanceof CallError)) throw error;
        touched();
        return {};
      }),
    })),
    mutant(rpc, "rpc", "wrong-code", "turns each code of an error into UNKNOWN, and UNKNOWN into INTERNAL", (touched) => ({
      around: async (request, next) => next(request).catch((error: unknown) => {
        if (!(error instanceof CallError)) throw error;
        touched();
        throw new CallError(error.status === "UNKNOWN" ? "INTERNAL" : "UNKNOWN", error.message);
      }),
    })),
  ];
}

function effectMutants(rpc: RpcSchema): Mutant[] {
  const empty = criSchema("v1").messages.get(rpc.responseType)?.fields.size === 0;
  const noop = mutant(rpc.name, "rpc", "no-op", "answers OK with an empty message and does nothing", (touched) => ({
    replace: () => {
      touched();
      return {};
    },
  }));
  const twice = mutant(rpc.name, "rpc", "twice", "does it twice and answers what the second time gave", (touched) => ({
    around: async (request, next) => {
      await next(request);
      touched();
      return next(request);
    },
  }));
  const late = mutant(rpc.name, "rpc", "late-effect", `answers OK at once and does it ${lateMs} ms later`, (touched) => ({
    around: (request, next) => {
      touched();
      setTimeout(() => { next(request).catch(() => undefined); }, lateMs);
      return Promise.resolve({});
    },
  }));
  return empty ? [noop, twice, late] : [noop, twice];
}

function streamMutants(rpc: RpcSchema): Mutant[] {
  const name = rpc.name;
  const lost = mutant(name, "stream", "lost", "loses every second message, beginning with the first", (touched) => {
    let count = 0;
    return {
      emit: (message) => {
        count += 1;
        if (count % 2 === 0) return [message];
        touched();
        return [];
      },
    };
  });
  const doubled = mutant(name, "stream", "doubled", "sends each message twice", (touched) => ({
    emit: (message) => {
      touched();
      return [message, message];
    },
  }));
  const reordered = mutant(name, "stream", "reordered", "sends each pair of messages the wrong way round", (touched) => {
    let held: Message | undefined;
    return {
      emit: (message) => {
        if (held === undefined) {
          held = message;
          return [];
        }
        const pair = [message, held];
        held = undefined;
        touched();
        return pair;
      },
    };
  });
  // The messages of a streamed list have no order.
  return name === "GetContainerEvents" ? [lost, doubled, reordered] : [lost, doubled];
}

/** A list that selects what fits any of the filter's fields instead of all. */
function filterMutants(rpc: RpcSchema): Mutant[] {
  const filter = criSchema("v1").messages.get(rpc.requestType)?.fields.get("filter");
  const list = [...(criSchema("v1").messages.get(rpc.responseType)?.fields.values() ?? [])].find((field) => field.label === "repeated");
  if (filter === undefined || list === undefined) return [];
  const fields = criSchema("v1").messages.get(filter.type.name)?.fields.size ?? 0;
  if (fields < 2) return [];
  return [mutant(rpc.name, "filter", "ored", "selects what fits any of the filter's fields instead of all", (touched) => ({
    around: async (request, next) => {
      const set = isRecord(request["filter"]) ? Object.entries(request["filter"]).filter(([, value]) => isSet(value)) : [];
      if (set.length < 2) return next(request);
      touched();
      const answers = await Promise.all(set.map(([name, value]) => next({ ...request, filter: { [name]: value } })));
      const items = answers.flatMap((answer): unknown[] => { const value = answer[list.name]; return Array.isArray(value) ? value : []; });
      const byId = new Map(items.map((item) => [isRecord(item) ? String(item["id"] ?? JSON.stringify(item["attributes"])) : "", item]));
      return { ...answers[0], [list.name]: [...byId.values()] };
    },
  }))];
}

function isSet(value: unknown): boolean {
  if (isRecord(value)) return Object.keys(value).length > 0;
  return value !== undefined && value !== "" && value !== 0n;
}
