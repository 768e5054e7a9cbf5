/** Faults that were written by hand, at work. */
import { rmSync, truncateSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { evaluate, merge, renderTemplate } from "../../cel/api.ts";
import { isRecord, type Message } from "../../cri/message.ts";
import { criSchema } from "../../cri/schema.ts";
import { CallError } from "../../reference-runtime/call-error.ts";
import type { CallRuntime, Mutator, Next } from "../../reference-runtime/mutators/mutator.ts";
import type { FaultSpec, ItemsSpec, Refusal, SideCall } from "./spec.ts";

type Bindings = Record<string, unknown>;

/** The mutators of a fault, one for each RPC; each has a memory of its own. */
export function mutatorsOf(spec: FaultSpec, touched: () => void): Mutator[] {
  return spec.rpcs.map((rpc) => (criSchema("v1").rpcs.get(rpc)?.serverStream === true ? streamMutator(rpc, spec, touched) : unaryMutator(rpc, spec, touched)));
}

function unaryMutator(rpc: string, spec: FaultSpec, touched: () => void): Mutator {
  let count = 0n;
  let overlap = 0n;
  let queue: Promise<unknown> = Promise.resolve();
  const remembered = new Map<string, { readonly response: Message; readonly until: number }>();
  const act = async (request: Message, next: Next, call: CallRuntime): Promise<Message> => {
    count += 1n;
    const bindings: Bindings = { request, count, overlap, rpc, now: BigInt(Date.now()) * 1_000_000n };
    for (const [name, one] of Object.entries(spec.ask)) bindings[name] = await askFor(one, bindings, call);
    if (spec.when !== undefined && usesAnswer(spec.when) === false && evaluate(spec.when, bindings) !== true) return next(request);
    touched();
    if (spec.stale !== undefined) return fromMemory(request, next, remembered, spec.stale);
    if (spec.delay !== undefined) await pause(spec.delay);
    if (spec.fail !== undefined) throw refused(spec.fail);
    for (const one of spec.before) await perform(one, bindings, call);
    const response = await asked(spec, bindings, next);
    if (spec.failAfter !== undefined) throw refused(spec.failAfter);
    for (const one of spec.also) await perform(one, { ...bindings, response }, call);
    for (const { op, path } of spec.files) changeFile(op, String(renderTemplate(path, { ...bindings, response })));
    if (spec.delayAfter !== undefined) await pause(spec.delayAfter);
    return changedAnswer(spec, response, bindings);
  };
  return {
    rpc,
    around: async (request, next, call) => {
      const before = queue;
      const work = (spec.serial ? before.then(() => act(request, next, call)) : act(request, next, call)).finally(() => { overlap -= 1n; });
      overlap += 1n;
      queue = work.catch(() => undefined);
      return work;
    },
  };
}

/** A condition on the answer can only be asked once it is there. */
function usesAnswer(source: string): boolean {
  return /\bresponse\b/.test(source);
}

function refused({ code, message }: Refusal): CallError {
  return new CallError(code, message);
}

async function askFor({ rpc, request }: SideCall, bindings: Bindings, call: CallRuntime): Promise<Message> {
  return call(rpc, messageFrom(renderTemplate(request, bindings))).catch(() => ({}));
}

/** What goes wrong beside the call is no fault of it. */
async function perform({ rpc, request }: SideCall, bindings: Bindings, call: CallRuntime): Promise<void> {
  await call(rpc, messageFrom(renderTemplate(request, bindings))).catch(() => undefined);
}

async function asked(spec: FaultSpec, bindings: Bindings, next: Next): Promise<Message> {
  if (spec.answer !== undefined) return messageFrom(renderTemplate(spec.answer, bindings));
  const request = messageFrom(bindings["request"]);
  const changed = spec.request === undefined ? request : messageFrom(merge(request, renderTemplate(spec.request, bindings)));
  return next(changed).catch((thrown: unknown) => {
    if (spec.error === undefined || !(thrown instanceof CallError) || (spec.error.of ?? thrown.status) !== thrown.status) throw thrown;
    if (spec.error.answer !== undefined) return messageFrom(renderTemplate(spec.error.answer, bindings));
    const message = spec.error.message === undefined ? thrown.message : String(renderTemplate(spec.error.message, { ...bindings, error: { code: thrown.status, message: thrown.message } }));
    throw new CallError(spec.error.code ?? thrown.status, message);
  });
}

function changedAnswer(spec: FaultSpec, response: Message, bindings: Bindings): Message {
  const known = { ...bindings, response };
  if (spec.when !== undefined && usesAnswer(spec.when) && evaluate(spec.when, known) !== true) return response;
  let changed = response;
  if (spec.response !== undefined) changed = messageFrom(merge(response, renderTemplate(spec.response, known)));
  for (const items of spec.items) changed = { ...changed, [items.of]: changedItems(items, changed[items.of], known) };
  if (spec.cut !== undefined) changed = shortened(changed, spec.cut.field, spec.cut.bytes);
  return changed;
}

function changedItems({ keep, each, order, add }: ItemsSpec, value: unknown, bindings: Bindings): unknown[] {
  let items: unknown[] = Array.isArray(value) ? value : [];
  if (keep !== undefined) items = items.filter((item, index) => evaluate(keep, { ...bindings, item, index: BigInt(index) }) === true);
  if (each !== undefined) items = items.map((item, index) => merge(item, renderTemplate(each, { ...bindings, item, index: BigInt(index) })));
  if (order === "reverse") items = [...items].reverse();
  if (order === "rotate") items = [...items.slice(1), ...items.slice(0, 1)];
  return add === undefined ? items : [...items, renderTemplate(add, bindings)];
}

function shortened(message: Message, field: string, bytes: number): Message {
  const value = message[field];
  return value instanceof Uint8Array || typeof value === "string" ? { ...message, [field]: value.slice(0, bytes) } : message;
}

/** The same question is answered as before while that is not too old. */
async function fromMemory(request: Message, next: Next, remembered: Map<string, { readonly response: Message; readonly until: number }>, staleMs: number): Promise<Message> {
  const key = JSON.stringify(request, (_name, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  const known = remembered.get(key);
  if (known !== undefined && performance.now() < known.until) return known.response;
  const response = await next(request);
  remembered.set(key, { response, until: performance.now() + staleMs });
  return response;
}

function changeFile(op: "truncate" | "remove", path: string): void {
  if (op === "truncate") truncateSync(path);
  else rmSync(path, { force: true });
}

function streamMutator(rpc: string, spec: FaultSpec, touched: () => void): Mutator {
  let count = 0n;
  let begun = 0n;
  return {
    rpc,
    ...(spec.fail === undefined ? {} : { fail: (request) => { begun += 1n; if (spec.when !== undefined && evaluate(spec.when, { request, count: begun, rpc }) !== true) return undefined; touched(); return spec.fail; } }),
    after: async (response, request) => {
      count += 1n;
      const bindings: Bindings = { request, response, count, rpc, overlap: 0n, now: BigInt(Date.now()) * 1_000_000n };
      if (spec.when !== undefined && evaluate(spec.when, bindings) !== true) return response;
      if (spec.drop !== undefined && evaluate(spec.drop, bindings) === true) { touched(); return undefined; }
      if (spec.delay !== undefined) await pause(spec.delay);
      const { when: _asked, ...unconditional } = spec;
      const changed = changedAnswer(unconditional, response, bindings);
      if (changed !== response || spec.delay !== undefined) touched();
      return changed;
    },
    ...(spec.twice === undefined ? {} : { emit: (message) => { if (evaluate(spec.twice ?? "false", { response: message, count, rpc }) !== true) return [message]; touched(); return [message, message]; } }),
  };
}

function messageFrom(value: unknown): Message {
  return isRecord(value) ? value : {};
}
