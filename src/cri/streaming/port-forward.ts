import { HarnessError } from "../../model/errors.ts";
import type { ByteLog, WaitOutcome } from "./byte-log.ts";
import type { Channel, Transport } from "./channel.ts";
import { connectSpdy } from "./upgrade.ts";
import { connectWebSocket, type WebSocketChannel, type WebSocketConnection } from "./websocket.ts";

/** What to open: a URL that PortForward answered. */
export interface ForwardOptions {
  readonly url: string;
  readonly transport: Transport;
  /** The ports of the request, in its order: WebSocket channels are numbered after it. */
  readonly ports: readonly number[];
  readonly signal: AbortSignal;
  /** For the whole session. */
  readonly deadlineMs: number;
}

/** One connection to a port inside the sandbox. */
export interface ForwardedConnection {
  readonly received: ByteLog;
  /** Resolves when the peer will send no more; `error` is what came on its error stream, or why it broke. */
  readonly ended: Promise<{ readonly error?: string }>;
  write(bytes: Uint8Array): Promise<boolean>;
  /** SPDY only, else HalfCloseUnsupportedError. */
  closeWrite(): Promise<void>;
  waitFor(bytes: Uint8Array, timeoutMs: number): Promise<WaitOutcome>;
  close(): Promise<void>;
}

/** An open PortForward. */
export interface Forward {
  readonly transport: Transport;
  readonly protocol: string;
  readonly closed: Promise<string | undefined>;
  /** Any number of times with SPDY, once a port with WebSocket. */
  connect(port: number): Promise<ForwardedConnection>;
  close(): void;
}

const spdyProtocol = "portforward.k8s.io";
/** A WebSocket server begins each channel with its port. */
const announcedBytes = 2;

/** Opens a port forward. Throws UpgradeRefusedError when the server does not upgrade. */
export async function openForward(options: ForwardOptions): Promise<Forward> {
  const started = performance.now();
  const connect = { url: options.url, signal: options.signal, timeoutMs: options.deadlineMs };
  const forward = options.transport === "spdy" ? await openSpdy(connect) : await openWebSocket(connect, options.ports);
  const left = options.deadlineMs - (performance.now() - started);
  const timer = setTimeout(() => forward.close("the deadline passed"), Math.max(0, left));
  const interrupt = (): void => forward.close("interrupted");
  options.signal.addEventListener("abort", interrupt, { once: true });
  if (options.signal.aborted) interrupt();
  void forward.closed.then(() => {
    clearTimeout(timer);
    options.signal.removeEventListener("abort", interrupt);
  });
  return forward;
}

type Closable = Forward & { readonly close: (reason?: string) => void };
type Connect = Parameters<typeof connectSpdy>[0];

async function openSpdy(options: Connect): Promise<Closable> {
  const connection = await connectSpdy(options, [spdyProtocol]);
  let requests = 0;
  return {
    transport: "spdy",
    protocol: connection.protocol,
    closed: connection.closed,
    connect(port) {
      const shared = { port: String(port), requestid: String(requests++) };
      const error = connection.open({ streamtype: "error", ...shared }, true);
      const data = connection.open({ streamtype: "data", ...shared });
      return Promise.resolve(forwarded({ data, error, close: () => data.closeWrite() }));
    },
    close: (reason?: string) => connection.close(reason),
  };
}

async function openWebSocket(options: Connect, ports: readonly number[]): Promise<Closable> {
  const connection = await connectWebSocket(options);
  const used = new Set<number>();
  return {
    transport: "websocket",
    protocol: connection.protocol,
    closed: connection.closed,
    connect(port) {
      const index = ports.findIndex((candidate, n) => candidate === port && !used.has(n));
      if (index < 0) return Promise.reject(noChannel(port));
      used.add(index);
      return connectChannel(connection, index, port, options.timeoutMs);
    },
    close: (reason?: string) => connection.close(reason),
  };
}

function noChannel(port: number): HarnessError {
  return new HarnessError("SUITE_INVALID", `No WebSocket channel is left for port ${port}.`, {
    hint: "Name the port in the PortForward request once for each connection, or use transport: spdy.",
  });
}

async function connectChannel(connection: WebSocketConnection, index: number, port: number, timeoutMs: number): Promise<ForwardedConnection> {
  const data = connection.channel(index * 2, announcedBytes);
  const error = connection.channel(index * 2 + 1, announcedBytes);
  await data.preamble.waitForLength(announcedBytes, timeoutMs);
  await error.preamble.waitForLength(announcedBytes, timeoutMs);
  const mismatch = announcedOtherwise(index * 2, data, port) ?? announcedOtherwise(index * 2 + 1, error, port);
  return forwarded({ data, error, ...(mismatch !== undefined && { mismatch }), close: () => Promise.resolve() }); // one channel cannot be closed, and the others go on
}

/** What is wrong with the port that a channel announced. */
function announcedOtherwise(number: number, { preamble }: WebSocketChannel, port: number): string | undefined {
  const announced = Buffer.from(preamble.bytes);
  const actual = announced.length === announcedBytes ? announced.readUInt16LE(0) : undefined;
  return actual === port ? undefined : `channel ${number} announced ${actual === undefined ? "no port" : `port ${actual}`} instead of port ${port}`;
}

interface Pair {
  readonly data: Channel;
  readonly error: Channel;
  readonly mismatch?: string;
  readonly close: () => Promise<void>;
}

function forwarded({ data, error, mismatch, close }: Pair): ForwardedConnection {
  const ended = Promise.all([data.finished, error.finished]).then(([reason]) => {
    const message = mismatch ?? (error.received.text || reason);
    return message === undefined ? {} : { error: message };
  });
  return {
    received: data.received,
    ended,
    write: (bytes) => data.write(bytes),
    closeWrite: () => data.closeWrite(),
    waitFor: (bytes, timeoutMs) => data.received.waitFor(bytes, timeoutMs),
    close,
  };
}
