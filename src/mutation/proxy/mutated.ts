/** Calls that a mutant changes: read, mutated, and passed on. What stays as it was keeps its bytes. */
import { type ClientHttp2Session, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { decodeMessage, encodeMessage } from "../../cri/convert.ts";
import type { Message } from "../../cri/message.ts";
import { criSchema, type RpcSchema } from "../../cri/schema.ts";
import { messageOf } from "../../model/errors.ts";
import { CallError } from "../../reference-runtime/call-error.ts";
import { MutatedStream, mutateCall, mutateRequest, type Mutator } from "../../reference-runtime/mutators/mutator.ts";
import { ask, isOk, LostCall, messageIn, type Reply, RuntimeRefusal } from "./ask.ts";
import { framed, FrameReader } from "../../cri/grpc-frames.ts";
import { exactHeaders } from "./headers.ts";
import { type Call, openUpstream, passTrailers, respondExactly } from "./relay.ts";

const grpcHeaders: OutgoingHttpHeaders = { ":status": 200, "content-type": "application/grpc" };

export interface MutatedCall extends Call {
  readonly rpc: RpcSchema;
  readonly mutators: readonly Mutator[];
  readonly session: ClientHttp2Session;
}

/** A unary call. */
export async function mutateUnary(call: MutatedCall): Promise<void> {
  const { stream, rpc, mutators, session } = call;
  const cancelled = new AbortController();
  stream.once("aborted", () => { cancelled.abort(); });
  const body = await bodyOf(stream);
  const replies = new WeakMap<Message, Reply>();
  try {
    const given = readMessage(rpc.requestType, body);
    const runtime = async (name: string, asked: Message): Promise<Message> => {
      const { path, requestType, responseType } = rpcNamed(name);
      const bytes = asked === given ? body : framed(encodeMessage("v1", requestType, asked));
      const reply = await ask(session, { ...call.headers, ":path": path }, bytes, cancelled.signal);
      if (!isOk(reply)) throw new RuntimeRefusal(reply);
      const response = readMessage(responseType, reply.body);
      replies.set(response, reply);
      return response;
    };
    const response = await mutateCall(given, mutators, rpc.name, runtime);
    sendReply(stream, replies.get(response) ?? { headers: grpcHeaders, trailers: { "grpc-status": "0" }, body: framed(encodeMessage("v1", rpc.responseType, response)) });
  } catch (thrown) {
    sendFault(stream, thrown);
  }
}

function rpcNamed(name: string): RpcSchema {
  const rpc = criSchema("v1").rpcs.get(name);
  if (rpc === undefined) throw new CallError("UNIMPLEMENTED", `there is no RPC ${name}`);
  return rpc;
}

async function bodyOf(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => { stream.once("end", resolve).once("close", resolve); });
  return Buffer.concat(chunks);
}

function readMessage(type: string, body: Buffer): Message {
  const bytes = messageIn(body);
  if (bytes === undefined) throw new CallError("INTERNAL", `the proxy cannot read this ${type}`);
  return decodeMessage("v1", type, bytes);
}

function sendReply(stream: ServerHttp2Stream, { headers, trailers, body }: Reply): void {
  if (stream.destroyed) return;
  respondExactly(stream, headers, trailers === undefined);
  if (trailers === undefined) return;
  stream.on("wantTrailers", () => { stream.sendTrailers(trailers); });
  stream.end(body);
}

function sendFault(stream: ServerHttp2Stream, thrown: unknown): void {
  if (stream.destroyed) return;
  if (thrown instanceof RuntimeRefusal) sendReply(stream, thrown.reply);
  else if (thrown instanceof LostCall) stream.close(thrown.resetCode);
  else {
    const error = thrown instanceof CallError ? thrown : new CallError("INTERNAL", `the proxy: ${messageOf(thrown)}`);
    respondExactly(stream, { ...grpcHeaders, "grpc-status": String(error.code), "grpc-message": escaped(error.message) }, true);
  }
}

/** As gRPC wants it: what is printable ASCII stays, but for the percent sign. */
function escaped(message: string): string {
  return message.replace(/[^ -$&-~]+/gu, encodeURIComponent);
}

/** A server stream. */
export async function mutateStream(call: MutatedCall): Promise<void> {
  const { stream, rpc, mutators, session } = call;
  const body = await bodyOf(stream);
  try {
    const given = readMessage(rpc.requestType, body);
    const request = mutateRequest(given, mutators);
    const up = openUpstream(call, session);
    if (up === undefined) return;
    passTrailers(stream, up);
    up.end(request === given ? body : framed(encodeMessage("v1", rpc.requestType, request)));
    up.on("response", (headers: IncomingHttpHeaders, flags: number, raw?: unknown) => {
      const end = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      respondExactly(stream, exactHeaders(headers, raw), end);
    });
    const reader = new FrameReader();
    const asTheyCame = new WeakMap<Message, Buffer>();
    const passed = new MutatedStream(request, mutators, (one) => write(stream, asTheyCame.get(one) ?? framed(encodeMessage("v1", rpc.responseType, one))));
    for await (const chunk of up) {
      for (const frame of reader.push(chunk)) {
        const message = decodeMessage("v1", rpc.responseType, frame.message);
        asTheyCame.set(message, frame.bytes);
        await passed.push(message);
      }
    }
    await passed.ended();
    if (stream.writable) stream.end();
  } catch (thrown) {
    if (stream.headersSent) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    else sendFault(stream, thrown);
  }
}

/** As fast as the client reads. */
async function write(stream: ServerHttp2Stream, bytes: Buffer): Promise<void> {
  if (stream.destroyed || stream.write(bytes)) return;
  await new Promise<void>((resolve) => {
    // One of the two comes; the other must not stay behind for each message of a long stream.
    const go = (): void => {
      stream.off("drain", go).off("close", go);
      resolve();
    };
    stream.on("drain", go).on("close", go);
  });
}
