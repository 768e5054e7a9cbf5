/** Carrying the streams of an Exec or Attach over either transport. */
import type { WebSocket } from "ws";
import type { ByteLog } from "../cri/streaming/byte-log.ts";
import type { Channel } from "../cri/streaming/channel.ts";
import type { Message } from "../cri/message.ts";
import { flag } from "./fields.ts";
import type { OutputStream } from "./logs.ts";
import type { ServeSession, Upgraded } from "./streaming.ts";

/** What ends a session: an exit code, or why there is none. */
export type SessionResult = { readonly code: number } | { readonly failure: string };

/** The streams of one session. */
export interface SessionWire {
  send(stream: OutputStream, bytes: Uint8Array): void;
  /** Tells how it ended, behind all output, and hangs up. */
  end(result: SessionResult): void;
  /** undefined is the end of input. */
  onInput(take: (bytes: Uint8Array | undefined) => void): void;
  onResize(take: (width: number, height: number) => void): void;
  onClose(tell: () => void): void;
}

/** How long a SPDY client may take to open its streams. */
const streamsMs = 30_000;
const longestMs = 0x7fffffff;
const numbers = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** Calls `serve` once all the streams that the request asked for are there. */
export function sessionOf(request: Message, serve: (wire: SessionWire) => void): ServeSession {
  return (connection) => {
    if (connection.transport === "websocket") serve(new WebSocketWire(connection.socket, request));
    else gatherStreams(connection, request, serve);
  };
}

/** The text of the error channel: a Status with v4, words before, and then nothing for success. */
export function statusText(result: SessionResult, protocol: string): string {
  const isV4 = protocol.startsWith("v4.");
  if ("failure" in result) return isV4 ? JSON.stringify({ metadata: {}, status: "Failure", reason: "InternalError", message: result.failure, code: 500 }) : result.failure;
  const { code } = result;
  if (code === 0) return isV4 ? JSON.stringify({ metadata: {}, status: "Success" }) : "";
  const message = `command terminated with non-zero exit code ${code}`;
  if (!isV4) return message;
  return JSON.stringify({ metadata: {}, status: "Failure", reason: "NonZeroExitCode", message, details: { causes: [{ reason: "ExitCode", message: String(code) }] } });
}

/** Feeds `take` with all that comes; resolves at the end. */
export async function pump(log: ByteLog, take: (bytes: Uint8Array) => void): Promise<void> {
  for (let seen = 0; ; ) {
    const outcome = await log.waitForLength(seen + 1, longestMs);
    if (log.length > seen) {
      take(log.bytes.subarray(seen));
      seen = log.length;
    } else if (outcome === "ended") return;
  }
}

function sizeIn(text: string): { width: number; height: number } | undefined {
  const size = /"Width":(\d+),"Height":(\d+)/.exec(text);
  return size === null ? undefined : { width: Number(size[1]), height: Number(size[2]) };
}

class WebSocketWire implements SessionWire {
  readonly #socket: WebSocket;
  readonly #request: Message;
  readonly #base64: boolean;

  constructor(socket: WebSocket, request: Message) {
    this.#socket = socket;
    this.#request = request;
    this.#base64 = socket.protocol.includes("base64");
    this.#put(flag(request, "stdout") ? numbers.stdout : flag(request, "stderr") ? numbers.stderr : numbers.error, new Uint8Array());
  }

  send(stream: OutputStream, bytes: Uint8Array): void {
    if (flag(this.#request, stream)) this.#put(numbers[stream], bytes);
  }

  end(result: SessionResult): void {
    const text = statusText(result, this.#socket.protocol);
    if (text !== "") this.#put(numbers.error, Buffer.from(text));
    this.#socket.close(1000);
  }

  onInput(take: (bytes: Uint8Array | undefined) => void): void {
    if (!flag(this.#request, "stdin")) return;
    this.#onMessage(numbers.stdin, take);
    this.onClose(() => { take(undefined); });
  }

  onResize(take: (width: number, height: number) => void): void {
    this.#onMessage(numbers.resize, (bytes) => {
      const size = sizeIn(Buffer.from(bytes).toString("utf8"));
      if (size !== undefined) take(size.width, size.height);
    });
  }

  onClose(tell: () => void): void {
    if (this.#socket.readyState === this.#socket.CLOSED) tell();
    else this.#socket.on("close", tell);
  }

  #onMessage(number: number, take: (bytes: Uint8Array) => void): void {
    this.#socket.on("message", (data: Buffer) => {
      if (this.#base64) {
        if (data[0] === number + 48) take(Buffer.from(data.toString("latin1", 1), "base64"));
      } else if (data[0] === number) take(data.subarray(1));
    });
  }

  #put(number: number, bytes: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(this.#base64 ? `${number}${Buffer.from(bytes).toString("base64")}` : Buffer.concat([Uint8Array.of(number), bytes]));
  }
}

function gatherStreams(upgraded: Extract<Upgraded, { transport: "spdy" }>, request: Message, serve: (wire: SessionWire) => void): void {
  const wanted = ["error", ...["stdin", "stdout", "stderr"].filter((name) => flag(request, name)), ...(flag(request, "tty") && /^v[34]/.test(upgraded.protocol) ? ["resize"] : [])];
  const streams = new Map<string, Channel>();
  const connection = upgraded.open((stream, headers) => {
    const type = headers["streamtype"] ?? "";
    if (!wanted.includes(type) || streams.has(type)) return;
    streams.set(type, stream);
    if (streams.size < wanted.length) return;
    clearTimeout(late);
    serve(spdyWire(streams, upgraded.protocol, connection));
  });
  const late = setTimeout(() => { connection.close("the streams did not come"); }, streamsMs);
  void connection.closed.then(() => { clearTimeout(late); });
}

/** Writes in the order in which they were asked for; `written` resolves behind the last. */
export class OrderedWriter {
  readonly #channel: Channel | undefined;
  #chain: Promise<unknown> = Promise.resolve();

  constructor(channel: Channel | undefined) {
    this.#channel = channel;
  }

  write(bytes: Uint8Array | string): void {
    this.#chain = this.#chain.then(() => this.#channel?.write(Buffer.from(bytes)));
  }

  async end(): Promise<void> {
    await this.#chain;
    await this.#channel?.closeWrite();
  }
}

function spdyWire(streams: ReadonlyMap<string, Channel>, protocol: string, connection: { readonly closed: Promise<unknown>; close(): void }): SessionWire {
  const outputs = { stdout: new OrderedWriter(streams.get("stdout")), stderr: new OrderedWriter(streams.get("stderr")) };
  const status = new OrderedWriter(streams.get("error"));
  const finish = async (result: SessionResult): Promise<void> => {
    await Promise.all([outputs.stdout.end(), outputs.stderr.end()]);
    status.write(statusText(result, protocol));
    await status.end();
    connection.close();
  };
  return {
    send: (stream, bytes) => { outputs[stream].write(bytes); },
    end: (result) => { void finish(result); },
    onInput: (take) => {
      const stdin = streams.get("stdin");
      if (stdin !== undefined) void pump(stdin.received, take).then(() => { take(undefined); });
    },
    onResize: (take) => {
      const resize = streams.get("resize");
      if (resize === undefined) return;
      void pump(resize.received, (bytes) => {
        // Several sizes may come in one piece: the last is the one that counts.
        const size = sizeIn(Buffer.from(bytes).toString("utf8").split("}").filter((part) => part.includes("Width")).at(-1) ?? "");
        if (size !== undefined) take(size.width, size.height);
      });
    },
    onClose: (tell) => { void connection.closed.then(tell); },
  };
}
