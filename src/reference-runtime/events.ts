import type { Message } from "../cri/message.ts";

/** Where one subscriber's events go; false asks to wait for `onDrain`. */
export interface EventSink {
  write(event: Message): boolean;
  onDrain(then: () => void): void;
  overflow(): void;
}

const queueLimit = 10_000;

/** Serves every subscriber from a queue of its own: a slow one delays nobody. */
export class EventBus {
  readonly #subscribers = new Set<Subscriber>();

  /** Adds a subscriber; the answer takes it away again. */
  subscribe(sink: EventSink): () => void {
    const subscriber = new Subscriber(sink);
    this.#subscribers.add(subscriber);
    return () => { this.#subscribers.delete(subscriber); };
  }

  publish(event: Message): void {
    for (const subscriber of [...this.#subscribers]) {
      if (!subscriber.offer(event)) {
        this.#subscribers.delete(subscriber);
        subscriber.sink.overflow();
      }
    }
  }
}

class Subscriber {
  readonly sink: EventSink;
  readonly #queue: Message[] = [];
  #waiting = false;

  constructor(sink: EventSink) {
    this.sink = sink;
  }

  offer(event: Message): boolean {
    if (this.#queue.length >= queueLimit) return false;
    this.#queue.push(event);
    this.#send();
    return true;
  }

  #send(): void {
    while (!this.#waiting) {
      const event = this.#queue.shift();
      if (event === undefined) return;
      if (!this.sink.write(event)) {
        this.#waiting = true;
        this.sink.onDrain(() => {
          this.#waiting = false;
          this.#send();
        });
      }
    }
  }
}
