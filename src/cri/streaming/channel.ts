import type { ByteLog } from "./byte-log.ts";

/** The two ways to talk to a streaming server. */
export type Transport = "spdy" | "websocket";

/** One direction pair inside a connection: a SPDY stream, or a WebSocket channel number. */
export interface Channel {
  readonly received: ByteLog;
  /** Resolves when the peer will send no more here; the text tells an end that was not an orderly one. */
  readonly finished: Promise<string | undefined>;
  /** Resolves when the bytes left this process; false: the channel was over, they were dropped. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** Ends our direction. Throws HalfCloseUnsupportedError where the transport has no such thing. */
  closeWrite(): Promise<void>;
}

/** What a session needs of a connection, whichever transport carries it. */
export interface Connection {
  readonly transport: Transport;
  /** The subprotocol that the server chose; empty when it named none. */
  readonly protocol: string;
  /** Resolves when the connection is gone; the text says why if it was not an orderly end. */
  readonly closed: Promise<string | undefined>;
  /** True once the peer sent more than is kept: the connection was cut for it. */
  readonly flooded: boolean;
  /** Idempotent. */
  close(reason?: string): void;
}

/** What is taken from one peer in all: one that never stops must not fill the memory. The largest transfers of the suites are a fifth of it. */
const mostBytes = 256 * 1024 * 1024;

/** Counts what a peer sends on one connection. */
export class Intake {
  readonly #most: number;
  #taken = 0;

  constructor(most = mostBytes) {
    this.#most = most;
  }

  get isOver(): boolean {
    return this.#taken > this.#most;
  }

  /** Counts `bytes` more. The text tells that they are too many. */
  take(bytes: number): string | undefined {
    this.#taken += bytes;
    return this.isOver ? `the peer sent more than ${this.#most} bytes` : undefined;
  }
}

/** Pieces small enough to keep every peer's buffers small, large enough to be fast. */
const pieceSize = 32 * 1024;

/** `bytes` in pieces fit for one frame or message each; nothing for no bytes. */
export function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize);
}
