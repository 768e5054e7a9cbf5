import { setTimeout as sleep } from "node:timers/promises";
import { HarnessError } from "../../model/errors.ts";
import { ByteLog } from "./byte-log.ts";
import type { Channel, Connection, Transport } from "./channel.ts";
import { readStatus, type SessionEnd } from "./exit-status.ts";
import { connectSpdy } from "./upgrade.ts";
import { connectWebSocket, WebSocketConnection } from "./websocket.ts";

/** What to open: a URL that Exec or Attach answered, and the streams that its request asked for. */
export interface SessionOptions {
  readonly url: string;
  readonly transport: Transport;
  /** The only sub-protocol to offer, `none` to offer none; else the best that there are. */
  readonly protocol?: string;
  readonly method?: "GET" | "POST";
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  readonly signal: AbortSignal;
  /** For the whole session: at its end the connection is cut. */
  readonly deadlineMs: number;
  /** How much is taken from the server in all, before the connection is cut; 256 MiB unless said. */
  readonly mostBytes?: number;
}

/** An open Exec or Attach. */
export interface Session {
  readonly transport: Transport;
  readonly protocol: string;
  /** WebSocket only: the first message, its channel byte included. */
  readonly opening?: Uint8Array;
  readonly stdout: ByteLog;
  readonly stderr: ByteLog;
  /** Never rejects. */
  readonly ended: Promise<SessionEnd>;
  /** To stdin. Resolves when the bytes left this process; false: the stream was over, they were dropped. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** SPDY only, else HalfCloseUnsupportedError. */
  closeStdin(): Promise<void>;
  resize(width: number, height: number): Promise<boolean>;
  /** Idempotent. Detaches: what runs in the container is not told to stop. */
  close(): void;
}

interface Channels {
  readonly error: Channel;
  readonly stdin?: Channel;
  readonly stdout?: Channel;
  readonly stderr?: Channel;
  readonly resize?: Channel;
}

const spdyProtocols = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io"];
const webSocketNumbers = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
/** How long output may still come behind the status. */
const outputGraceMs = 5000;

/** Opens the streams of an Exec or Attach. Throws UpgradeRefusedError when the server does not upgrade. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const connect = { url: options.url, signal: options.signal, timeoutMs: options.deadlineMs, ...(options.method !== undefined && { method: options.method }), ...(options.mostBytes !== undefined && { mostBytes: options.mostBytes }) };
  const offer = options.protocol === undefined ? undefined : options.protocol === "none" ? [] : [options.protocol];
  const started = performance.now();
  if (options.transport === "spdy") {
    const connection = await connectSpdy(connect, offer ?? spdyProtocols);
    const open = (streamtype: string, readOnly: boolean): Channel => connection.open({ streamtype }, readOnly);
    // Servers before v3 know no resize stream and would take one as an error.
    const canResize = /^v[34]\./.test(connection.protocol);
    return startSession(connection, openChannels({ ...options, tty: options.tty && canResize }, open), options, started);
  }
  const connection = await connectWebSocket(connect, offer);
  const open = (name: keyof typeof webSocketNumbers): Channel => connection.channel(webSocketNumbers[name]);
  return startSession(connection, openChannels(options, open), options, started);
}

type Wanted = Pick<SessionOptions, "stdin" | "stdout" | "stderr" | "tty">;

function openChannels(wanted: Wanted, open: (name: keyof Channels, readOnly: boolean) => Channel): Channels {
  return {
    error: open("error", true),
    ...(wanted.stdin && { stdin: open("stdin", false) }),
    ...(wanted.stdout && { stdout: open("stdout", true) }),
    ...(wanted.stderr && { stderr: open("stderr", true) }),
    ...(wanted.tty && { resize: open("resize", false) }),
  };
}

function startSession(connection: Connection, channels: Channels, options: SessionOptions, started: number): Session {
  let cut: SessionEnd["cut"];
  const cutBecause = (why: "deadline" | "interrupted"): void => {
    cut = why;
    connection.close(why === "deadline" ? "the deadline passed" : why);
  };
  const timer = setTimeout(() => cutBecause("deadline"), Math.max(0, options.deadlineMs - (performance.now() - started)));
  const interrupt = (): void => cutBecause("interrupted");
  options.signal.addEventListener("abort", interrupt, { once: true });
  if (options.signal.aborted) interrupt();
  const told = awaitEnd(connection, channels).then((end) => {
    const why = cut ?? (connection.flooded ? "flood" : undefined);
    return why && end.exitCode === undefined ? { ...end, cut: why } : end;
  });
  const ended = told.finally(() => {
    clearTimeout(timer);
    options.signal.removeEventListener("abort", interrupt);
    connection.close();
  });

  return {
    transport: connection.transport,
    protocol: connection.protocol,
    get opening() {
      return connection instanceof WebSocketConnection ? connection.opening : new Uint8Array();
    },
    stdout: channels.stdout?.received ?? nothing(),
    stderr: channels.stderr?.received ?? nothing(),
    ended,
    async write(bytes) {
      return need(channels.stdin, "stdin").write(bytes);
    },
    async closeStdin() {
      await need(channels.stdin, "stdin").closeWrite();
    },
    async resize(width, height) {
      const size = JSON.stringify({ Width: width, Height: height });
      return need(channels.resize, "tty").write(Buffer.from(size));
    },
    close: () => connection.close(),
  };
}

async function awaitEnd(connection: Connection, channels: Channels): Promise<SessionEnd> {
  const outputs = [channels.stdout, channels.stderr].flatMap((channel) => (channel ? [channel.finished] : []));
  let disorder: string | undefined;
  const told = channels.error.finished.then(async (reason) => {
    disorder = reason;
    // The status may overtake the last output: it has a stream of its own.
    await Promise.race([Promise.all(outputs), sleep(outputGraceMs, undefined, { ref: false })]);
    return reason;
  });
  const reason = await Promise.race([told, connection.closed]);
  const errorLog = channels.error.received;
  // A connection may close without a reason; what ended the error stream tells whether that was its peer.
  const orderly = errorLog.ended && (reason ?? disorder) === undefined;
  return readStatus(errorLog.text, connection.protocol, orderly, reason);
}

function nothing(): ByteLog {
  const log = new ByteLog();
  log.end();
  return log;
}

function need(channel: Channel | undefined, what: string): Channel {
  if (channel) return channel;
  throw new HarnessError("SUITE_INVALID", `The session has no ${what}.`, { hint: `Set ${what}: true in the request.` });
}
