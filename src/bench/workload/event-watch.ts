import { setTimeout as sleep } from "node:timers/promises";
import type { CriClient, OpenStream } from "../../cri/client.ts";
import type { Message } from "../../cri/message.ts";
import type { GrpcCode } from "../../model/grpc-code.ts";

/** How long a subscription may take until the runtime serves it; nothing in the protocol says when it does. */
const settleMs = 300;
const longMs = 2 ** 31;

interface Seen {
  readonly atMs: number;
  readonly code: GrpcCode;
}

/** One subscription to the runtime's events for all iterations of a process, with the time at which each came. */
export class EventWatch {
  readonly #seen = new Map<string, number>();
  readonly #waiting = new Map<string, (seen: Seen) => void>();
  readonly #stream: OpenStream;
  #over: GrpcCode | undefined;

  constructor(client: CriClient) {
    this.#stream = client.open("GetContainerEvents", {}, { deadlineMs: longMs, onResponse: (event) => this.#arrived(event) });
    void this.#stream.ended.then(({ code }) => this.#ended(code));
  }

  /** Subscribes. */
  static async open(client: CriClient): Promise<EventWatch> {
    const watch = new EventWatch(client);
    await sleep(settleMs);
    return watch;
  }

  /** When an event of a container came; the status of the stream when it is over, DEADLINE_EXCEEDED when none comes in time. */
  async when(containerId: string, type: string, timeoutMs: number): Promise<Seen> {
    const key = `${type} ${containerId}`;
    const known = this.#seen.get(key);
    if (known !== undefined) {
      this.#seen.delete(key);
      return { atMs: known, code: "OK" };
    }
    if (this.#over !== undefined) return { atMs: performance.now(), code: this.#over };
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#tell(key, { atMs: performance.now(), code: "DEADLINE_EXCEEDED" }), timeoutMs);
      this.#waiting.set(key, (seen) => {
        clearTimeout(timer);
        resolve(seen);
      });
    });
  }

  close(): void {
    this.#stream.cancel();
  }

  #arrived(event: Message): void {
    const atMs = performance.now();
    const key = `${String(event["container_event_type"])} ${String(event["container_id"])}`;
    if (this.#waiting.has(key)) this.#tell(key, { atMs, code: "OK" });
    else this.#keep(key, atMs);
  }

  /** Events of other iterations' pasts pile up otherwise. */
  #keep(key: string, atMs: number): void {
    this.#seen.set(key, atMs);
    if (this.#seen.size > 10_000) for (const old of [...this.#seen.keys()].slice(0, 5000)) this.#seen.delete(old);
  }

  #tell(key: string, seen: Seen): void {
    const resolve = this.#waiting.get(key);
    this.#waiting.delete(key);
    resolve?.(seen);
  }

  #ended(code: GrpcCode): void {
    // A stream that ends well while somebody waits has still shown nothing.
    this.#over = code === "OK" ? "UNAVAILABLE" : code;
    for (const key of [...this.#waiting.keys()]) this.#tell(key, { atMs: performance.now(), code: this.#over });
  }
}
