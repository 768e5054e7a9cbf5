/** Faults: how mutants are made. The same ones work inside the reference runtime and in a proxy before a real runtime. */
import type { Message } from "../../cri/message.ts";
import type { GrpcCode } from "../../model/grpc-code.ts";
import { CallError } from "../call-error.ts";

/** A fault put into one RPC. All of it optional, applied in the order of the members. */
export interface Mutator {
  readonly rpc: string;
  /** Changes the request. */
  before?(request: Message): Message;
  /** Refuses the call after `before`; undefined lets it pass. */
  fail?(request: Message): { readonly code: GrpcCode; readonly message: string } | undefined;
  /** Answers in the place of the runtime. */
  replace?(request: Message): Message | Promise<Message>;
  /** Stands between the call and the runtime: `next` does what was asked, `call` something else. Unary calls only. */
  around?(request: Message, next: Next, call: CallRuntime): Promise<Message>;
  /** Changes an answer: for streams, each message; undefined leaves a streamed message out. */
  after?(response: Message, request: Message): Message | undefined | Promise<Message | undefined>;
  /** What a stream sends in the place of one message, after `after`. */
  emit?(message: Message): readonly Message[];
  /** Breaks the wire in the place of an answer. Only a proxy can do that; the runtime itself knows nothing of it. */
  readonly wire?: { readonly fault: WireFault; seen(): void };
}

/**
 * What goes wrong on the wire: no answer at all; no answer, and the effect is there; bytes that are no message; bytes that are no
 * frame; the connection closed; the stream reset; a message of 64 MiB; messages without end; an end without a status; a byte now and then.
 */
export const wireFaults = ["hang", "lost-answer", "garbage", "no-frame", "close", "reset", "huge", "endless", "no-status", "trickle"] as const;
export type WireFault = (typeof wireFaults)[number];

/** Does what the request asks, in the runtime. */
export type Next = (request: Message) => Promise<Message>;

/** Any unary call to the sound runtime. Throws a CallError where that refuses. */
export type CallRuntime = (rpc: string, request: Message) => Promise<Message>;

/** The request as the runtime sees it. Throws a CallError where a mutator refuses it. */
export function mutateRequest(given: Message, mutators: readonly Mutator[]): Message {
  let request = given;
  for (const mutator of mutators) {
    request = mutator.before?.(request) ?? request;
    const failure = mutator.fail?.(request);
    if (failure !== undefined) throw new CallError(failure.code, failure.message);
  }
  return request;
}

/** One unary call through the mutators. What nothing changes is passed on as the same object. */
export async function mutateCall(given: Message, mutators: readonly Mutator[], rpc: string, call: CallRuntime): Promise<Message> {
  const request = mutateRequest(given, mutators);
  let handle: Next = async (asked) => call(rpc, asked);
  for (const mutator of mutators) {
    const next = handle;
    if (mutator.around !== undefined) handle = async (asked) => (await mutator.around?.(asked, next, call)) ?? {};
  }
  const replace = mutators.find((mutator) => mutator.replace !== undefined);
  let response: Message = replace?.replace === undefined ? await handle(request) : await replace.replace(request);
  for (const mutator of mutators) if (mutator.after !== undefined) response = (await mutator.after(response, request)) ?? response;
  return response;
}

/** What a stream sends in the place of one message. */
export async function mutateStreamed(message: Message, request: Message, mutators: readonly Mutator[]): Promise<readonly Message[]> {
  return emitted(await changedMessage(message, request, mutators), mutators);
}

async function changedMessage(message: Message, request: Message, mutators: readonly Mutator[]): Promise<Message | undefined> {
  let changed: Message | undefined = message;
  for (const mutator of mutators) if (changed !== undefined && mutator.after !== undefined) changed = await mutator.after(changed, request);
  return changed;
}

function emitted(changed: Message | undefined, mutators: readonly Mutator[]): readonly Message[] {
  const first: readonly Message[] = changed === undefined ? [] : [changed];
  return mutators.reduce((sent, mutator) => (mutator.emit === undefined ? sent : sent.flatMap((one) => mutator.emit?.(one) ?? [])), first);
}

const mostUnderWay = 1000;

/** The messages of one stream on their way through the mutators, in their order. A stream whose messages are late is no slower for it: each waits beside the others. */
export class MutatedStream {
  readonly #request: Message;
  readonly #mutators: readonly Mutator[];
  readonly #send: (sent: Message) => Promise<void> | void;
  #tail: Promise<void> = Promise.resolve();
  #underWay = 0;
  #failed = false;

  constructor(request: Message, mutators: readonly Mutator[], send: (sent: Message) => Promise<void> | void) {
    this.#request = request;
    this.#mutators = mutators;
    this.#send = send;
  }

  /** Resolves when there is room for more. Rejects, as `ended` does, once a mutator or the sending has failed. */
  async push(given: Message): Promise<void> {
    if (this.#failed) return this.#tail;
    const changed = changedMessage(given, this.#request, this.#mutators);
    // Told by the tail, when its turn comes.
    changed.catch(() => undefined);
    this.#underWay += 1;
    const before = this.#tail;
    this.#tail = this.#inTurn(before, changed);
    this.#tail.catch(() => { this.#failed = true; });
    if (this.#underWay > mostUnderWay) await before;
  }

  /** When all that was pushed is sent. */
  ended(): Promise<void> {
    return this.#tail;
  }

  async #inTurn(before: Promise<void>, changed: Promise<Message | undefined>): Promise<void> {
    await before;
    for (const one of emitted(await changed, this.#mutators)) await this.#send(one);
    this.#underWay -= 1;
  }
}
