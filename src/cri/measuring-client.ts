/**
 * The client that benchmarks measure with. A call begins when its last byte is handed to the kernel and ends when the read
 * returns that brought its status; grpc-js can only say when its own events came, a millisecond and more later when several
 * calls end at once. Unary calls and streamed lists only: what stays open goes over grpc-js.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type IncomingHttpHeaders } from "node:http2";
import { connect as dial } from "node:net";
import { performance } from "node:perf_hooks";
import { HarnessError, messageOf } from "../model/errors.ts";
import { type GrpcCode, grpcCodeName } from "../model/grpc-code.ts";
import type { Answer, CallOptions, CriClient } from "./client.ts";
import { decodeMessage, encodeMessage } from "./convert.ts";
import { kubeletDeadlineMs, longestDeadlineMs } from "./deadlines.ts";
import { parseEndpoint } from "./endpoint.ts";
import { connectCri, type ConnectOptions, defaultReceiveLimit } from "./grpc-client.ts";
import { framed, FrameReader, headBytes } from "./grpc-frames.ts";
import type { ApiVersion, Message } from "./message.ts";
import { criSchema, type RpcSchema } from "./schema.ts";
import { StampedSocket } from "./stamped-socket.ts";

/** Lists of hundreds of objects would wait for window updates otherwise. */
const windowBytes = 4 * 1024 * 1024;

/** Connects as `connectCri` does. Throws TargetUnreachableError within `connectTimeoutMs`. */
export async function connectMeasuring(options: ConnectOptions & { readonly api: ApiVersion }): Promise<CriClient> {
  const base = await connectCri(options);
  const lines = {
    RuntimeService: new Line(options.runtimeEndpoint),
    ImageService: new Line(options.imageEndpoint ?? options.runtimeEndpoint),
  };
  return {
    api: base.api,
    call(name, request, callOptions = {}) {
      const rpc = criSchema(base.api).rpcs.get(name);
      if (rpc === undefined) throw new HarnessError("USAGE", `${base.api} has no RPC '${name}'`, { hint: "Use a name of the proto, such as ListContainers." });
      return new Call(base.api, rpc, request, callOptions).over(lines[rpc.service]);
    },
    open: (name, request, callOptions) => base.open(name, request, callOptions),
    rawCall: (method, message, callOptions) => base.rawCall(method, message, callOptions),
    close() {
      for (const line of Object.values(lines)) line.close();
      base.close();
    },
  };
}

/** An HTTP/2 connection that is made anew when it is lost. */
class Line {
  readonly #endpoint: string;
  #open: { readonly session: ClientHttp2Session; readonly socket: StampedSocket } | undefined;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  get(): { readonly session: ClientHttp2Session; readonly socket: StampedSocket } {
    const known = this.#open;
    if (known !== undefined && !known.session.closed && !known.session.destroyed) return known;
    const { socketPath = "", tcp } = parseEndpoint(this.#endpoint);
    const socket = new StampedSocket(tcp === undefined ? dial(socketPath) : dial({ ...tcp, noDelay: true }));
    const session = connect("http://localhost", { createConnection: () => socket, settings: { initialWindowSize: windowBytes, enablePush: false } });
    session.on("connect", () => session.setLocalWindowSize(windowBytes));
    // Each call in flight learns of it by its own stream.
    session.on("error", () => undefined);
    this.#open = { session, socket };
    return this.#open;
  }

  close(): void {
    this.#open?.session.close();
  }
}

interface Ending {
  readonly code: GrpcCode;
  readonly details: string;
  readonly fromRuntime: boolean;
}

/** One call, once. */
class Call {
  readonly #api: ApiVersion;
  readonly #rpc: RpcSchema;
  readonly #request: Message;
  readonly #options: CallOptions;
  readonly #bytes: Uint8Array;
  readonly #deadlineMs: number;
  #chunks: Buffer[] = [];
  #received = 0;

  constructor(api: ApiVersion, rpc: RpcSchema, request: Message, options: CallOptions) {
    this.#api = api;
    this.#rpc = rpc;
    this.#request = request;
    this.#options = options;
    this.#bytes = encodeMessage(api, rpc.requestType, request);
    this.#deadlineMs = options.deadlineMs ?? kubeletDeadlineMs(rpc.name, request);
  }

  over(line: Line): Promise<Answer> {
    const startedNs = BigInt(Date.now()) * 1_000_000n;
    const begunMs = performance.now();
    return new Promise((resolve) => {
      const { session, socket } = line.get();
      let stream: ClientHttp2Stream;
      let startedMs = begunMs;
      let arrivedMs: number | undefined;
      let said: Ending | undefined;
      let given: Ending | undefined;
      try {
        stream = session.request(this.#headers());
      } catch (thrown) {
        resolve(this.#answer({ code: "UNAVAILABLE", details: messageOf(thrown), fromRuntime: false }, startedNs, begunMs, performance.now()));
        return;
      }
      const giveUp = (code: GrpcCode, details: string): void => {
        given ??= { code, details, fromRuntime: false };
        stream.close(constants.NGHTTP2_CANCEL);
      };
      const timer = this.#deadlineMs > longestDeadlineMs ? undefined : setTimeout(() => giveUp("DEADLINE_EXCEEDED", "Deadline exceeded"), this.#deadlineMs);
      const abort = (): void => giveUp("CANCELLED", "Cancelled on client");
      this.#options.signal?.addEventListener("abort", abort, { once: true });
      if (this.#options.signal?.aborted === true) abort();
      const read = (headers: IncomingHttpHeaders): void => {
        arrivedMs = socket.arrivedMs;
        said ??= endingOf(headers);
      };
      // Its bytes went with the last write, or are about to go with the next.
      stream.on("finish", () => { startedMs = Math.max(begunMs, socket.wroteMs); });
      stream.on("response", read).on("trailers", read);
      stream.on("data", (bytes: Buffer) => {
        arrivedMs = socket.arrivedMs;
        this.#received += bytes.length;
        if (this.#received > defaultReceiveLimit + headBytes) giveUp("RESOURCE_EXHAUSTED", `the answer is larger than ${defaultReceiveLimit} bytes`);
        else this.#chunks.push(bytes);
      });
      let fault = "";
      stream.on("error", (error: Error) => { fault = error.message; });
      stream.on("close", () => {
        clearTimeout(timer);
        this.#options.signal?.removeEventListener("abort", abort);
        const lost: Ending = { code: "UNAVAILABLE", details: fault === "" ? `the stream ended without a status (${stream.rstCode})` : fault, fromRuntime: false };
        const ending = given ?? said ?? lost;
        const endedMs = ending === said && arrivedMs !== undefined ? arrivedMs : performance.now();
        resolve(this.#answer(ending, startedNs, Math.min(startedMs, endedMs), endedMs));
      });
      stream.end(framed(this.#bytes));
    });
  }

  #headers(): Record<string, string> {
    return {
      ":method": "POST", ":path": this.#rpc.path, "content-type": "application/grpc", te: "trailers", "user-agent": "criteria",
      ...(this.#deadlineMs > longestDeadlineMs ? {} : { "grpc-timeout": timeoutOf(this.#deadlineMs) }),
    };
  }

  #answer({ code, details, fromRuntime }: Ending, startedNs: bigint, startedMs: number, endedMs: number): Answer {
    const responseBytes = new FrameReader().push(Buffer.concat(this.#chunks)).map(({ message }) => message);
    const responses: Message[] = [];
    let garbage: string | undefined = code === "OK" && !this.#rpc.serverStream && responseBytes.length !== 1 ? `${responseBytes.length} messages in answer to a unary call` : undefined;
    try {
      for (const bytes of responseBytes) responses.push(decodeMessage(this.#api, this.#rpc.responseType, bytes));
    } catch (error) {
      garbage ??= messageOf(error);
    }
    const elapsedMs = endedMs - startedMs;
    return {
      rpc: this.#rpc.name, request: this.#request, requestBytes: this.#bytes, responses, responseBytes, code, details, fromRuntime,
      startedMs, elapsedMs, startedNs, endedNs: startedNs + BigInt(Math.round(elapsedMs * 1e6)), deadlineMs: this.#deadlineMs,
      ...(garbage === undefined ? {} : { garbage }),
    };
  }
}

/** The status in headers or trailers, if they hold one. */
function endingOf(headers: IncomingHttpHeaders & { readonly ":status"?: number }): Ending | undefined {
  const status = headers["grpc-status"];
  if (status !== undefined) return { code: grpcCodeName(Number(status)), details: unescaped(String(headers["grpc-message"] ?? "")), fromRuntime: true };
  const http = headers[":status"];
  return http === undefined || http === 200 ? undefined : { code: "UNKNOWN", details: `HTTP status ${http}`, fromRuntime: true };
}

/** grpc-message is percent-encoded; one that is not stays as it is. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** At most eight digits and a unit, as the gRPC protocol has it. */
function timeoutOf(ms: number): string {
  const whole = Math.max(1, Math.ceil(ms));
  return whole < 1e8 ? `${whole}m` : `${Math.ceil(whole / 1000)}S`;
}
