import type { Duplex } from "node:stream";
import { messageOf } from "../../../model/errors.ts";
import { type Channel, type Connection, Intake } from "../channel.ts";
import { encodeFrame, type Frame, FrameReader } from "./frame.ts";
import { HeaderReader, type Headers, HeaderWriter } from "./header-block.ts";
import { SpdyStream } from "./stream.ts";

/** How to speak on a socket that was upgraded. */
export interface SpdyOptions {
  readonly protocol: string;
  /** Bytes that came behind the upgrade's answer. */
  readonly head: Uint8Array;
  /** How much is taken from the peer in all. */
  readonly mostBytes?: number;
  /** Given: this is the server's side, and streams that the client opens are handed over here. */
  readonly onStream?: (stream: Channel, headers: Readonly<Record<string, string>>) => void;
}

const largestWindow = 0x7fffffff;
/** What SPDY/3.1 grants a connection before anybody says more. */
const defaultWindow = 64 * 1024;
/** The status of a stream that is not needed any more. */
const cancelled = 5;

/**
 * One SPDY/3.1 connection on a socket. The peer's window is not obeyed: the Go servers behind CRI never
 * send WINDOW_UPDATE, so a client that waits for one stops after 64 KiB. TCP holds us back instead.
 *
 * Our own window is opened once, to its largest. Credit given back bit by bit would be still unread when a
 * Go server hangs up behind its last data; then TCP resets the connection, and the end of the output is lost.
 */
export class SpdyConnection implements Connection {
  readonly transport = "spdy";
  readonly protocol: string;
  readonly closed: Promise<string | undefined>;
  readonly #socket: Duplex;
  readonly #onStream: SpdyOptions["onStream"];
  readonly #streams = new Map<number, SpdyStream>();
  readonly #frames = new FrameReader();
  readonly #writer = new HeaderWriter();
  readonly #reader = new HeaderReader();
  readonly #resolveClosed: (reason: string | undefined) => void;
  readonly #intake: Intake;
  #nextId: number;
  #lastPeerStream = 0;
  #reason: string | undefined;
  #isClosed = false;

  constructor(socket: Duplex, options: SpdyOptions) {
    const { promise, resolve } = withResolvers<string | undefined>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.protocol = options.protocol;
    this.#socket = socket;
    this.#onStream = options.onStream;
    this.#intake = new Intake(options.mostBytes);
    this.#nextId = options.onStream ? 2 : 1;
    socket.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    socket.on("error", (error) => this.#finish(messageOf(error)));
    socket.on("end", () => this.close());
    socket.on("close", () => this.#finish(undefined));
    void this.#send({ type: "initial-window", size: largestWindow });
    void this.#send({ type: "window-update", streamId: 0, delta: largestWindow - defaultWindow });
    if (options.head.length > 0) this.#receive(options.head);
  }

  get flooded(): boolean {
    return this.#intake.isOver;
  }

  /** Opens a stream; with `fin` we shall never send on it. */
  open(headers: Headers, fin = false): Channel {
    const stream = this.#addStream(this.#nextId, fin);
    this.#nextId += 2;
    void this.#send({ type: "syn-stream", streamId: stream.id, fin, block: this.#writer.write(headers) });
    return stream;
  }

  /** Asks for a PING reply; mostly of use to servers and tests. */
  ping(id: number): void {
    void this.#send({ type: "ping", id });
  }

  close(reason?: string): void {
    if (this.#isClosed) return;
    this.#reason ??= reason;
    void this.#send({ type: "goaway", lastStreamId: this.#lastPeerStream, status: 0 });
    this.#socket.end();
    this.#finish(reason);
  }

  #addStream(id: number, fin: boolean): SpdyStream {
    const stream = new SpdyStream(id, fin, (frame) => this.#send(frame));
    this.#streams.set(id, stream);
    if (this.#isClosed) stream.finish("the connection is closed");
    return stream;
  }

  /** Resolves when the socket wants more; false when the connection is over. */
  #send(frame: Exclude<Frame, { type: "other" }>): Promise<boolean> {
    if (this.#isClosed || !this.#socket.writable) return Promise.resolve(false);
    const { promise, resolve } = withResolvers<boolean>();
    this.#socket.write(encodeFrame(frame), (error) => resolve(!error));
    return promise;
  }

  #receive(chunk: Uint8Array): void {
    if (this.#isClosed) return;
    const excess = this.#intake.take(chunk.length);
    if (excess !== undefined) {
      this.#fail(excess);
      return;
    }
    try {
      for (const frame of this.#frames.push(chunk)) this.#handle(frame);
    } catch (error) {
      this.#fail(`the peer broke SPDY: ${messageOf(error)}`);
    }
  }

  #handle(frame: Frame): void {
    switch (frame.type) {
      case "data":
        this.#streams.get(frame.streamId)?.receive(frame.data, frame.fin);
        return;
      case "syn-stream":
        this.#accept(frame);
        return;
      case "syn-reply":
      case "headers":
        this.#reader.read(frame.block);
        if (frame.fin) this.#streams.get(frame.streamId)?.finish(undefined);
        return;
      case "rst-stream":
        // Go servers cancel the streams that they are through with.
        this.#streams.get(frame.streamId)?.finish(frame.status === cancelled ? undefined : `the peer reset the stream (status ${frame.status})`, true);
        return;
      case "ping":
        if (frame.id % 2 !== this.#nextId % 2) void this.#send(frame); // ours come back with our parity: those are replies
        return;
      case "goaway":
      case "window-update":
      case "initial-window":
      case "other":
        return;
      default:
        frame satisfies never;
    }
  }

  #accept(frame: Extract<Frame, { type: "syn-stream" }>): void {
    const headers = this.#reader.read(frame.block);
    if (!this.#onStream) {
      void this.#send({ type: "rst-stream", streamId: frame.streamId, status: 3 }); // refused: clients take no streams here
      return;
    }
    this.#lastPeerStream = frame.streamId;
    const stream = this.#addStream(frame.streamId, false);
    void this.#send({ type: "syn-reply", streamId: frame.streamId, fin: false, block: this.#writer.write({}) });
    if (frame.fin) stream.finish(undefined);
    this.#onStream(stream, headers);
  }

  #fail(reason: string): void {
    this.#reason ??= reason;
    this.#socket.destroy();
    this.#finish(reason);
  }

  #finish(reason: string | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reason ??= reason;
    for (const stream of this.#streams.values()) stream.finish(this.#reason ?? "the connection closed");
    this.#resolveClosed(this.#reason);
    // An orderly end may never be answered; the socket must not outlive the session for long.
    const lingering = setTimeout(() => this.#socket.destroy(), 1000);
    lingering.unref();
    this.#socket.once("close", () => clearTimeout(lingering));
  }
}

/** Promise.withResolvers, which Node 20 lacks. */
function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
