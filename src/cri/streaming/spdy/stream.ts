import { ByteLog } from "../byte-log.ts";
import { type Channel, pieces } from "../channel.ts";
import type { Frame } from "./frame.ts";

type Send = (frame: Extract<Frame, { type: "data" }>) => Promise<boolean>;

/** One stream of a SPDY connection. */
export class SpdyStream implements Channel {
  readonly id: number;
  readonly received = new ByteLog();
  readonly finished: Promise<string | undefined>;
  readonly #send: Send;
  #resolveFinished: (reason: string | undefined) => void = () => undefined;
  #writeClosed: boolean;

  constructor(id: number, writeClosed: boolean, send: Send) {
    this.id = id;
    this.#writeClosed = writeClosed;
    this.#send = send;
    this.finished = new Promise((resolve) => {
      this.#resolveFinished = resolve;
    });
  }

  async write(bytes: Uint8Array): Promise<boolean> {
    for (const data of pieces(bytes)) {
      if (this.#writeClosed || !(await this.#send({ type: "data", streamId: this.id, fin: false, data }))) return false;
    }
    return true;
  }

  async closeWrite(): Promise<void> {
    if (this.#writeClosed) return;
    this.#writeClosed = true;
    await this.#send({ type: "data", streamId: this.id, fin: true, data: new Uint8Array() });
  }

  /** Takes in what the peer sent. */
  receive(data: Uint8Array, fin: boolean): void {
    if (this.received.ended) return;
    if (data.length > 0) this.received.append(data);
    if (fin) this.finish(undefined);
  }

  /** The peer's direction is over; `reset`: ours too. */
  finish(reason: string | undefined, reset = false): void {
    if (reset) this.#writeClosed = true;
    if (!this.received.ended) this.received.end();
    this.#resolveFinished(reason);
  }
}
