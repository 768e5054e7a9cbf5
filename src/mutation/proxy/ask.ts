/** One unary call to the runtime with raw bytes. */
import { type ClientHttp2Session, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { grpcCodeName, grpcCodes } from "../../model/grpc-code.ts";
import { CallError } from "../../reference-runtime/call-error.ts";
import { FrameReader } from "../../cri/grpc-frames.ts";
import { exactHeaders } from "./headers.ts";

/** What the runtime answered; `message` is absent when the status came alone. */
export interface Reply {
  readonly headers: OutgoingHttpHeaders;
  /** Absent when the headers were all there is. */
  readonly trailers?: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** A refusal of the runtime, kept as it came. */
export class RuntimeRefusal extends CallError {
  readonly reply: Reply;

  constructor(reply: Reply) {
    const status = { ...reply.headers, ...reply.trailers };
    super(grpcCodeName(Number(status["grpc-status"] ?? grpcCodes.indexOf("UNKNOWN"))), String(status["grpc-message"] ?? ""));
    this.reply = reply;
  }
}

/** Asks, and gives whatever came back. Fails when the connection was lost or the stream reset. */
export function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body: Buffer, signal: AbortSignal): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const up = session.request(headers, { endStream: false });
    const chunks: Buffer[] = [];
    let answered: OutgoingHttpHeaders | undefined;
    let trailers: OutgoingHttpHeaders | undefined;
    const cancel = (): void => { up.close(constants.NGHTTP2_CANCEL); };
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    up.on("error", () => undefined);
    up.on("response", (received: IncomingHttpHeaders, _flags: number, raw?: unknown) => { answered = exactHeaders(received, raw); });
    up.on("trailers", (received: IncomingHttpHeaders, _flags: number, raw?: unknown) => { trailers = exactHeaders(received, raw); });
    up.on("data", (chunk: Buffer) => chunks.push(chunk));
    up.on("close", () => {
      signal.removeEventListener("abort", cancel);
      if (answered === undefined) reject(new LostCall(up.rstCode));
      else resolve({ headers: answered, ...(trailers === undefined ? {} : { trailers }), body: Buffer.concat(chunks) });
    });
    up.end(body);
  });
}

/** The runtime answered nothing. */
export class LostCall extends Error {
  readonly resetCode: number;

  constructor(resetCode: number | undefined) {
    super("the runtime closed the stream without an answer");
    this.name = "LostCall";
    this.resetCode = resetCode === undefined || resetCode === constants.NGHTTP2_NO_ERROR ? constants.NGHTTP2_INTERNAL_ERROR : resetCode;
  }
}

/** The one message of a reply, uncompressed; undefined when there is none that can be read. */
export function messageIn(body: Buffer): Uint8Array | undefined {
  const [frame, ...others] = new FrameReader().push(body);
  return frame === undefined || frame.compressed || others.length > 0 ? undefined : frame.message;
}

/** True when the runtime's status is OK. */
export function isOk({ headers, trailers }: Reply): boolean {
  return String(trailers?.["grpc-status"] ?? headers["grpc-status"]) === "0";
}
