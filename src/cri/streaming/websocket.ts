import { type RawData, WebSocket } from "ws";
import { ByteLog } from "./byte-log.ts";
import { type Channel, type Connection, Intake, pieces } from "./channel.ts";
import { timeLimit } from "../time-limit.ts";
import { HalfCloseUnsupportedError } from "./errors.ts";
import { type ConnectOptions, refusalOf, streamingUrl, unanswered } from "./upgrade.ts";

/** The one subprotocol that all runtimes take and that carries an exit status. */
const webSocketProtocol = "v4.channel.k8s.io";

/** Opens a WebSocket. Throws UpgradeRefusedError. */
export async function connectWebSocket(options: ConnectOptions, protocols: readonly string[] = [webSocketProtocol]): Promise<WebSocketConnection> {
  const url = streamingUrl(options.url);
  const limit = timeLimit(options.signal, options.timeoutMs);
  return new Promise<WebSocketConnection>((resolve, reject) => {
    const socket = new WebSocket(url, [...protocols], {
      perMessageDeflate: false,
      rejectUnauthorized: false, // as for SPDY: the token is the credential
    });
    // Made at once: the first messages may come in one packet with the answer.
    const connection = new WebSocketConnection(socket, options.mostBytes);
    const fail = (error: unknown): void => reject(unanswered("No WebSocket connection", error, limit.signal));
    const abort = (): void => {
      fail(limit.signal.reason);
      socket.terminate();
    };
    limit.signal.addEventListener("abort", abort, { once: true });
    socket.once("open", () => resolve(connection));
    socket.once("unexpected-response", (request, response) => {
      void refusalOf(response).then((refusal) => {
        reject(refusal);
        request.destroy();
      });
    });
    socket.once("error", fail);
    if (limit.signal.aborted) abort();
  }).finally(limit.clear);
}

/** A WebSocket whose messages each begin with a channel number. */
export class WebSocketConnection implements Connection {
  readonly transport = "websocket";
  readonly closed: Promise<string | undefined>;
  readonly #socket: WebSocket;
  readonly #channels = new Map<number, WebSocketChannel>();
  /** What came on channels that nobody has opened yet. */
  readonly #early = new Map<number, ByteLog>();
  readonly #intake: Intake;
  #reason: string | undefined;
  #isClosed = false;
  #opening: Uint8Array | undefined;

  constructor(socket: WebSocket, mostBytes?: number) {
    this.#socket = socket;
    this.#intake = new Intake(mostBytes);
    socket.on("message", (data) => this.#receive(data));
    socket.on("error", (error) => {
      this.#reason ??= error.message;
    });
    this.closed = new Promise((resolve) => {
      socket.once("close", (code) => {
        this.#isClosed = true;
        // Go servers close the socket without a close frame (1006) after the last message: orderly enough.
        if (code !== 1000 && code !== 1005 && code !== 1006) this.#reason ??= `WebSocket close code ${code}`;
        for (const channel of this.#channels.values()) channel.finish(this.#reason);
        resolve(this.#reason);
      });
    });
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  get flooded(): boolean {
    return this.#intake.isOver;
  }

  /** The first message, its channel byte included. */
  get opening(): Uint8Array {
    return this.#opening ?? new Uint8Array();
  }

  /** `preambleBytes`: how many bytes at its beginning are not content. */
  channel(number: number, preambleBytes = 0): WebSocketChannel {
    const known = this.#channels.get(number);
    if (known) return known;
    const channel = new WebSocketChannel(number, preambleBytes, (message) => this.#send(message));
    const early = this.#early.get(number);
    if (early) channel.receive(early.bytes);
    this.#early.delete(number);
    if (this.#isClosed) channel.finish(this.#reason);
    this.#channels.set(number, channel);
    return channel;
  }

  close(reason?: string): void {
    if (this.#isClosed) return;
    this.#reason ??= reason;
    this.#socket.close(1000);
    // The peer may never answer the close frame.
    const lingering = setTimeout(() => this.#socket.terminate(), 1000);
    this.#socket.once("close", () => clearTimeout(lingering));
  }

  get #isBase64(): boolean {
    return this.protocol.includes("base64");
  }

  #send(message: Uint8Array): Promise<boolean> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve(false);
    const encoded = this.#isBase64 ? `${message[0]}${Buffer.from(message.subarray(1)).toString("base64")}` : message;
    return new Promise((resolve) => {
      this.#socket.send(encoded, (error) => resolve(!error));
    });
  }

  #receive(data: RawData): void {
    const raw = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    const excess = this.#intake.take(raw.length);
    if (excess !== undefined) {
      this.#reason ??= excess;
      this.#socket.terminate();
      return;
    }
    const bytes = this.#isBase64 ? decoded(raw) : raw;
    this.#opening ??= bytes;
    const number = bytes[0];
    if (number === undefined || bytes.length === 1) return;
    const content = bytes.subarray(1);
    const channel = this.#channels.get(number);
    if (channel) channel.receive(content);
    else this.#earlyOn(number).append(content);
  }

  #earlyOn(number: number): ByteLog {
    const known = this.#early.get(number) ?? new ByteLog();
    this.#early.set(number, known);
    return known;
  }
}

/** A message of the base64 sub-protocols: the channel is a digit, and the rest is text. */
function decoded(message: Buffer): Buffer {
  return Buffer.concat([Uint8Array.of((message[0] ?? 48) - 48), Buffer.from(message.toString("latin1", 1), "base64")]);
}

/** One channel number of a WebSocket. */
export class WebSocketChannel implements Channel {
  readonly preamble = new ByteLog();
  readonly received = new ByteLog();
  readonly finished: Promise<string | undefined>;
  readonly #number: number;
  readonly #preambleBytes: number;
  readonly #send: (message: Uint8Array) => Promise<boolean>;
  #resolveFinished: (reason: string | undefined) => void = () => undefined;

  constructor(number: number, preambleBytes: number, send: (message: Uint8Array) => Promise<boolean>) {
    this.#number = number;
    this.#preambleBytes = preambleBytes;
    this.#send = send;
    this.finished = new Promise((resolve) => {
      this.#resolveFinished = resolve;
    });
  }

  async write(bytes: Uint8Array): Promise<boolean> {
    for (const piece of pieces(bytes)) {
      if (!(await this.#send(Buffer.concat([Uint8Array.of(this.#number), piece])))) return false;
    }
    return true;
  }

  closeWrite(): Promise<void> {
    return Promise.reject(new HalfCloseUnsupportedError());
  }

  receive(content: Uint8Array): void {
    const missing = this.#preambleBytes - this.preamble.length;
    if (missing > 0) this.preamble.append(content.subarray(0, missing));
    if (content.length > missing) this.received.append(content.subarray(Math.max(0, missing)));
  }

  /** The connection is gone. */
  finish(reason: string | undefined): void {
    this.preamble.end();
    if (!this.received.ended) this.received.end();
    this.#resolveFinished(reason);
  }
}
