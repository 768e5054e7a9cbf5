/** Passes a stream of HTTP/2 between client and runtime as it is. */
import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream, type ServerStreamResponseOptions } from "node:http2";
import { exactHeaders } from "./headers.ts";

/** A stream of the client with the headers that opened it. */
export interface Call {
  readonly stream: ServerHttp2Stream;
  readonly headers: OutgoingHttpHeaders;
  readonly path: string;
}

/** node adds a date of its own unless it is told not to; the option is not in its types. */
type Respond = ServerStreamResponseOptions & { readonly sendDate: boolean };

/** Sends headers as they are; with `end`, nothing follows them. */
export function respondExactly(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders, end: boolean): void {
  if (stream.headersSent || stream.destroyed) return;
  const options: Respond = end ? { endStream: true, sendDate: false } : { waitForTrailers: true, sendDate: false };
  stream.respond(headers, options);
}

/** Asks the runtime what the client asked, byte for byte, and answers what it answers. */
export function relay(call: Call, session: ClientHttp2Session): void {
  const { stream } = call;
  const up = openUpstream(call, session);
  if (up === undefined) return;
  stream.pipe(up);
  up.on("response", (headers: IncomingHttpHeaders, flags: number, raw?: unknown) => {
    const end = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    respondExactly(stream, exactHeaders(headers, raw), end);
    if (end) return;
    passTrailers(stream, up);
    up.pipe(stream);
  });
}

/** A stream to the runtime that ends when the client's does, and the other way round. */
export function openUpstream({ stream, headers }: Call, session: ClientHttp2Session): ClientHttp2Stream | undefined {
  if (session.destroyed || session.closed) {
    stream.close(constants.NGHTTP2_REFUSED_STREAM);
    return undefined;
  }
  const up = session.request(headers, { endStream: false });
  // What went wrong is told by the code with which the stream closes.
  up.on("error", () => undefined);
  stream.on("error", () => undefined);
  up.on("close", () => { if (up.rstCode !== constants.NGHTTP2_NO_ERROR && !stream.closed) stream.close(up.rstCode); });
  stream.on("close", () => { if (!up.closed) up.close(constants.NGHTTP2_CANCEL); });
  return up;
}

/** The runtime's trailers end the client's stream. */
export function passTrailers(stream: ServerHttp2Stream, up: ClientHttp2Stream): void {
  let trailers: OutgoingHttpHeaders | undefined;
  up.on("trailers", (headers: IncomingHttpHeaders, _flags: number, raw?: unknown) => { trailers = exactHeaders(headers, raw); });
  stream.on("wantTrailers", () => {
    if (trailers === undefined) stream.close(up.rstCode ?? constants.NGHTTP2_NO_ERROR);
    else stream.sendTrailers(trailers);
  });
}
