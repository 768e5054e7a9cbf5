import grpc, { type handleServerStreamingCall, type handleUnaryCall, type MethodDefinition, type ServerWritableStream, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { decodeMessage, encodeMessage } from "../cri/convert.ts";
import type { Message } from "../cri/message.ts";
import { criSchema, type RpcSchema } from "../cri/schema.ts";
import { CallError } from "./call-error.ts";
import { children } from "./fields.ts";
import { streamedLists, unaryHandlers, type StreamedList } from "./handlers.ts";
import { MutatedStream, mutateCall, mutateRequest, mutateStreamed, type Mutator } from "./mutators/mutator.ts";
import { sendTogether } from "./send-together.ts";
import type { State } from "./state.ts";

export type { Mutator } from "./mutators/mutator.ts";

const batch = 100;
const batchCharacters = 2 << 20;

/** The gRPC server with both services; every call goes through the mutators here and nowhere else. */
export function createServer(state: State, mutators: readonly Mutator[]): grpc.Server {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  for (const service of ["RuntimeService", "ImageService"] as const) {
    const rpcs = [...criSchema("v1").rpcs.values()].filter((rpc) => rpc.service === service && isProvided(rpc.name));
    const definition = Object.fromEntries(rpcs.map((rpc) => [rpc.name, method(rpc)]));
    const implementation: UntypedServiceImplementation = {};
    for (const rpc of rpcs) {
      const own = mutators.filter((mutator) => mutator.rpc === rpc.name);
      implementation[rpc.name] = rpc.serverStream ? streaming(state, rpc.name, own) : unary(state, rpc.name, own);
    }
    server.addService(definition, implementation);
  }
  return server;
}

function isProvided(name: string): boolean {
  return name === "GetContainerEvents" || unaryHandlers.has(name) || streamedLists.has(name);
}

function method(rpc: RpcSchema): MethodDefinition<Message, Message> {
  return {
    path: rpc.path, requestStream: false, responseStream: rpc.serverStream, originalName: rpc.name,
    requestSerialize: (message) => Buffer.from(encodeMessage("v1", rpc.requestType, message)),
    requestDeserialize: (bytes) => decodeMessage("v1", rpc.requestType, bytes),
    responseSerialize: (message) => Buffer.from(encodeMessage("v1", rpc.responseType, message)),
    responseDeserialize: (bytes) => decodeMessage("v1", rpc.responseType, bytes),
  };
}

function unary(state: State, rpc: string, mutators: readonly Mutator[]): handleUnaryCall<Message, Message> {
  return (call, callback) => {
    const cancelled = new AbortController();
    call.on("cancelled", () => { cancelled.abort(); });
    answer(state, rpc, call.request, mutators, cancelled.signal).then(
      (response) => { callback(null, response); },
      (error: unknown) => { callback(asStatus(state, rpc, error)); },
    );
  };
}

function answer(state: State, rpc: string, given: Message, mutators: readonly Mutator[], signal: AbortSignal): Promise<Message> {
  return mutateCall(given, mutators, rpc, async (name, asked) => (await unaryHandlers.get(name)?.(state, asked, { signal })) ?? {});
}

function streaming(state: State, rpc: string, mutators: readonly Mutator[]): handleServerStreamingCall<Message, Message> {
  return (call) => {
    const begin = async (): Promise<void> => {
      const request = mutateRequest(call.request, mutators);
      const list = streamedLists.get(rpc);
      if (list === undefined) subscribe(state, call, mutators);
      else await sendList(state, call, list, request, mutators);
    };
    begin().catch((error: unknown) => { call.emit("error", asStatus(state, rpc, error)); });
  };
}

async function sendList(state: State, call: ServerWritableStream<Message, Message>, list: StreamedList, request: Message, mutators: readonly Mutator[]): Promise<void> {
  const whole = await unaryHandlers.get(list.unary)?.(state, request, { signal: state.closing });
  const items = children(whole, list.from);
  for (const part of inBatches(items)) {
    for (const message of await mutateStreamed({ [list.to]: part }, request, mutators)) call.write(message);
  }
  call.end();
}

/** A message takes so many items, and fewer where they are large. */
function* inBatches(items: readonly Message[]): Generator<readonly Message[]> {
  let part: Message[] = [];
  let size = 0;
  for (const item of items) {
    if (part.length > 0 && (part.length >= batch || size > batchCharacters)) {
      yield part;
      [part, size] = [[], 0];
    }
    part.push(item);
    size += roughSize(item);
  }
  if (part.length > 0) yield part;
}

function roughSize(value: unknown): number {
  if (typeof value === "string") return value.length;
  return typeof value === "object" && value !== null ? Object.values(value).reduce((sum: number, inner: unknown) => sum + roughSize(inner), 8) : 8;
}

/** GetContainerEvents: stays open until the client leaves or the runtime goes down. */
function subscribe(state: State, call: ServerWritableStream<Message, Message>, mutators: readonly Mutator[]): void {
  const passed = new MutatedStream(call.request, mutators, (one) => { call.write(one); });
  sendTogether(call);
  const end = (): void => { call.end(); };
  let left = false;
  const leave = (): void => {
    left = true;
    unsubscribe();
    state.closing.removeEventListener("abort", end);
  };
  const fail = (error: unknown): void => {
    if (!left) call.emit("error", asStatus(state, "GetContainerEvents", error));
    leave();
  };
  const unsubscribe = state.events.subscribe({
    write: (event) => {
      if (mutators.length === 0) return call.write(event);
      // As an answer does that cannot be changed: events that go missing without a word would look like another fault.
      passed.push(event).then(() => passed.ended()).catch(fail);
      return true;
    },
    onDrain: (then) => { call.once("drain", then); },
    overflow: () => { fail(new CallError("RESOURCE_EXHAUSTED", "the subscriber is too slow")); },
  });
  state.closing.addEventListener("abort", end, { once: true });
  call.on("cancelled", leave);
}

function asStatus(state: State, rpc: string, error: unknown): { code: number; details: string } {
  const details = error instanceof Error ? error.message : String(error);
  state.logger.debug(`${rpc}: ${details}`);
  return { code: error instanceof CallError ? error.code : grpc.status.UNKNOWN, details };
}
