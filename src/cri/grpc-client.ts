/** The client: @grpc/grpc-js with our own codec, so that every byte sent and received is kept as evidence. */
import { performance } from "node:perf_hooks";
import type { ChannelInterface, StatusObject } from "@grpc/grpc-js";
import { Channel, credentials, Metadata, status } from "@grpc/grpc-js";
import { grpcCodeName } from "../model/grpc-code.ts";
import type { Answer, CallOptions, CriClient, OpenStream } from "./client.ts";
import { decodeMessage, encodeMessage } from "./convert.ts";
import { kubeletDeadlineMs, longestDeadlineMs } from "./deadlines.ts";
import { parseEndpoint } from "./endpoint.ts";
import { TargetUnreachableError } from "./errors.ts";
import type { ApiVersion, Message } from "./message.ts";
import type { RpcSchema } from "./schema.ts";
import { criSchema } from "./schema.ts";
import { HarnessError, messageOf } from "../model/errors.ts";

export interface ConnectOptions {
  readonly runtimeEndpoint: string;
  /** Absent: the runtime's. */
  readonly imageEndpoint?: string;
  /** Milliseconds for the handshake. */
  readonly connectTimeoutMs: number;
}

/** What the kubelet's client accepts in one message (GEN-16). */
export const defaultReceiveLimit = 16 * 1024 * 1024;

/** Connects and shakes hands with Version. Throws TargetUnreachableError within `connectTimeoutMs`. */
export async function connectCri(options: ConnectOptions & { readonly api: ApiVersion }): Promise<CriClient> {
  const client = grpcClient(options);
  const answer = await client.call("Version", {}, { deadlineMs: options.connectTimeoutMs });
  if (answer.code === "OK" && answer.garbage === undefined) return client;
  client.close();
  throw new TargetUnreachableError(options.runtimeEndpoint, refusal(answer, options.connectTimeoutMs));
}

/** Connects with `v1`, or with `v1alpha2` where the runtime knows only that. */
export async function connectBest(options: ConnectOptions): Promise<CriClient> {
  const client = grpcClient({ ...options, api: "v1" });
  const answer = await client.call("Version", {}, { deadlineMs: options.connectTimeoutMs });
  if (answer.code === "OK" && answer.garbage === undefined) return client;
  client.close();
  if (answer.code === "UNIMPLEMENTED") return connectCri({ ...options, api: "v1alpha2" });
  throw new TargetUnreachableError(options.runtimeEndpoint, refusal(answer, options.connectTimeoutMs));
}

function refusal({ code, details, garbage }: Answer, timeoutMs: number): string {
  if (garbage !== undefined) return `Version answered what is no VersionResponse: ${garbage}`;
  if (code === "DEADLINE_EXCEEDED") return `no answer to Version within ${timeoutMs} ms (DEADLINE_EXCEEDED)`;
  return `Version answered ${code}: ${details}`;
}

function grpcClient(options: ConnectOptions & { readonly api: ApiVersion }): CriClient {
  const { api } = options;
  const schema = criSchema(api);
  const addresses = {
    RuntimeService: parseEndpoint(options.runtimeEndpoint).address,
    ImageService: parseEndpoint(options.imageEndpoint ?? options.runtimeEndpoint).address,
  };
  // grpc-js reads the receive limit from the channel only, so there is a channel for each limit in use.
  const channels = new Map<string, ChannelInterface>();
  const channel = (address: string, limit = defaultReceiveLimit): ChannelInterface => {
    const key = `${limit} ${address}`;
    const known = channels.get(key);
    if (known !== undefined) return known;
    const made = new Channel(address, credentials.createInsecure(), {
      "grpc.default_authority": "localhost",
      "grpc.max_receive_message_length": limit,
      "grpc.max_send_message_length": -1,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 3000,
      "grpc.enable_retries": 0,
    });
    channels.set(key, made);
    return made;
  };
  const rpcOf = (name: string): RpcSchema => {
    const rpc = schema.rpcs.get(name);
    if (rpc !== undefined) return rpc;
    throw new HarnessError("USAGE", `${api} has no RPC '${name}'`, { hint: "Use a name of the proto, such as ListContainers." });
  };
  const start = (rpc: RpcSchema, request: Message, callOptions: CallOptions): OpenCall => {
    const bytes = encodeMessage(api, rpc.requestType, request);
    return openCall({
      name: rpc.name,
      path: rpc.path,
      channel: channel(addresses[rpc.service], callOptions.receiveLimitBytes),
      bytes,
      decodeRequest: () => decodeMessage(api, rpc.requestType, bytes),
      decode: (response) => decodeMessage(api, rpc.responseType, response),
      unary: !rpc.serverStream,
      deadlineMs: callOptions.deadlineMs ?? kubeletDeadlineMs(rpc.name, request),
      ...(callOptions.signal === undefined ? {} : { signal: callOptions.signal }),
      ...(callOptions.onResponse === undefined ? {} : { onResponse: callOptions.onResponse }),
    });
  };
  return {
    api,
    call: (name, request, callOptions = {}) => start(rpcOf(name), request, callOptions).ended,
    open: (name, request, callOptions = {}) => start(rpcOf(name), request, callOptions),
    async rawCall(method, message, callOptions = {}) {
      const call = openCall({
        name: method,
        path: method,
        channel: channel(addresses[method.includes("ImageService") ? "ImageService" : "RuntimeService"], callOptions.receiveLimitBytes),
        bytes: message,
        decodeRequest: () => ({}),
        decode: () => ({}),
        unary: false,
        deadlineMs: callOptions.deadlineMs ?? kubeletDeadlineMs(method, {}),
        ...(callOptions.signal === undefined ? {} : { signal: callOptions.signal }),
      });
      const answer = await call.ended;
      const raw = answer.responseBytes[0];
      return raw === undefined ? answer : { ...answer, raw };
    },
    close() {
      for (const one of channels.values()) one.close();
    },
  };
}

interface CallSpec {
  readonly name: string;
  readonly path: string;
  readonly channel: ChannelInterface;
  readonly bytes: Uint8Array;
  readonly decodeRequest: () => Message;
  readonly decode: (response: Uint8Array) => Message;
  /** One message and no more. */
  readonly unary: boolean;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  readonly onResponse?: (response: Message) => void;
}

type OpenCall = OpenStream;

/** What is kept of one stream: a runtime that never ends must not fill the memory of the harness. */
const mostStreamed = { messages: 1_000_000, bytes: 256 * 1024 * 1024 };

/** Why no more is read; undefined while all is well. */
function tooMuch({ unary }: CallSpec, messages: number, bytes: number): string | undefined {
  if (unary) return messages > 1 ? "more than one message in answer to a unary call" : undefined;
  if (messages > mostStreamed.messages) return `the stream went on after ${mostStreamed.messages} messages`;
  return bytes > mostStreamed.bytes ? `the stream went on after ${mostStreamed.bytes} bytes` : undefined;
}

/**
 * Every call is made as a server stream: a unary answer is a stream of one message on the wire, and the first
 * message is then kept even where the status that follows is an error. The channel is used without the layers that
 * `Client` puts over it (interceptors, a stream, a stack trace): they take a fifth of a call's CPU.
 */
function openCall(spec: CallSpec): OpenCall {
  const responses: Message[] = [];
  const responseBytes: Uint8Array[] = [];
  let request: Message | undefined;
  let garbage: string | undefined;
  let headers = false;
  let streamed = 0;
  let stopped = false;
  let paused = false;
  const deadline = spec.deadlineMs > longestDeadlineMs ? Number.POSITIVE_INFINITY : Date.now() + spec.deadlineMs;
  const startedNs = BigInt(Date.now()) * 1_000_000n;
  const startedMs = performance.now();
  const call = spec.channel.createCall(spec.path, deadline, null, null, null);
  const cancel = (): void => call.cancelWithStatus(status.CANCELLED, "Cancelled on client");
  const take = (bytes: Buffer): void => {
    if (stopped) return;
    streamed += bytes.length;
    const excess = tooMuch(spec, responseBytes.length + 1, streamed);
    if (excess !== undefined) {
      stopped = true;
      garbage ??= excess;
      cancel();
      return;
    }
    responseBytes.push(bytes);
    try {
      const response = spec.decode(bytes);
      responses.push(response);
      spec.onResponse?.(response);
    } catch (error) {
      garbage ??= messageOf(error);
    }
  };
  const closed = new Promise<StatusObject>((resolve) => {
    call.start(new Metadata(), {
      onReceiveMetadata() {
        headers = true;
      },
      onReceiveMessage(bytes: Buffer) {
        take(bytes);
        if (!paused) call.startRead();
      },
      onReceiveStatus: resolve,
    });
  });
  call.sendMessageWithContext({}, Buffer.from(spec.bytes.buffer, spec.bytes.byteOffset, spec.bytes.byteLength));
  call.halfClose();
  call.startRead();
  spec.signal?.addEventListener("abort", cancel, { once: true });
  if (spec.signal?.aborted) cancel();
  const ended = closed.then((end): Answer => {
    const elapsedMs = performance.now() - startedMs;
    if (spec.unary && grpcCodeName(end.code) === "OK" && responseBytes.length === 0) garbage ??= "no message with the status OK";
    spec.signal?.removeEventListener("abort", cancel);
    const late = spec.deadlineMs !== Number.POSITIVE_INFINITY && elapsedMs >= spec.deadlineMs - 1;
    const aborted = spec.signal?.aborted === true;
    const wireFault = !aborted && !late && !stopped && brokenWire.test(end.details) ? end.details : undefined;
    const fromRuntime = wireFault === undefined && isFromRuntime(end, headers, late, aborted);
    // The server knows the deadline, and may have reset the stream a moment before this client gave up.
    const resetLate = late && !fromRuntime && grpcCodeName(end.code) === "CANCELLED" && spec.signal?.aborted !== true;
    return {
      rpc: spec.name,
      // Most answers are judged without it.
      get request() {
        request ??= spec.decodeRequest();
        return request;
      },
      requestBytes: spec.bytes,
      responses,
      responseBytes,
      code: resetLate ? "DEADLINE_EXCEEDED" : grpcCodeName(end.code),
      details: resetLate ? "the deadline passed, and the server reset the stream" : end.details,
      fromRuntime,
      startedMs,
      elapsedMs,
      startedNs,
      endedNs: startedNs + BigInt(Math.round(elapsedMs * 1e6)),
      deadlineMs: spec.deadlineMs,
      ...(garbage === undefined ? {} : { garbage }),
      ...(wireFault === undefined ? {} : { wireFault }),
    };
  });
  return {
    responses,
    get garbage() {
      return garbage;
    },
    ended,
    pause: () => {
      paused = true;
    },
    cancel,
  };
}

/** How grpc-js words what it made of a broken answer: after headers nothing else tells these from a status of the server. */
const brokenWire = /^(?:Received message larger than max \(|Received RST_STREAM with code|Call ended without gRPC status|Connection dropped|Received HTTP status code)/;

/**
 * Who made the status. grpc-js makes its own with empty metadata, where a server's trailers hold at least
 * content-type; after headers only the client's own deadline, cancellation and connection state tell.
 */
function isFromRuntime(end: StatusObject, headers: boolean, late: boolean, aborted: boolean): boolean {
  const code = grpcCodeName(end.code);
  if (code === "OK") return true;
  if (aborted && code === "CANCELLED") return false;
  if (code === "DEADLINE_EXCEEDED" && late) return false;
  const fromTrailers = Object.keys(end.metadata.getMap()).length > 0;
  return headers ? !(code === "UNAVAILABLE" && !fromTrailers) : fromTrailers;
}
