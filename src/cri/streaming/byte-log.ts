/** How a wait for bytes ended. */
export type WaitOutcome = "found" | "ended" | "timeout";

const initialCapacity = 4096;

/**
 * Everything that arrived on one channel, kept whole, with a cursor for `waitFor`: like a person at a
 * terminal, each wait looks only at what came after the last thing found.
 */
export class ByteLog {
  #buffer = Buffer.alloc(initialCapacity);
  #length = 0;
  #cursor = 0;
  #ended = false;
  readonly #watchers = new Set<() => void>();

  get length(): number {
    return this.#length;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** A view of all bytes so far; later bytes never change it. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  get text(): string {
    return this.#buffer.toString("utf8", 0, this.#length);
  }

  append(chunk: Uint8Array): void {
    this.#reserve(this.#length + chunk.length);
    this.#buffer.set(chunk, this.#length);
    this.#length += chunk.length;
    this.#notify();
  }

  /** No more bytes will come. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  /** Waits until `wanted` is there behind the last match. What is there already counts, after the end too. */
  waitFor(wanted: Uint8Array, timeoutMs: number): Promise<WaitOutcome> {
    let from = this.#cursor;
    const look = (): WaitOutcome | undefined => {
      const at = this.#buffer.subarray(0, this.#length).indexOf(wanted, from);
      if (at >= 0) {
        this.#cursor = at + wanted.length;
        return "found";
      }
      from = Math.max(from, this.#length - wanted.length + 1);
      return this.#ended ? "ended" : undefined;
    };
    return this.#watch(look, timeoutMs);
  }

  /** Waits until at least `count` bytes arrived in all. */
  waitForLength(count: number, timeoutMs: number): Promise<WaitOutcome> {
    const look = (): WaitOutcome | undefined => {
      if (this.#length >= count) return "found";
      return this.#ended ? "ended" : undefined;
    };
    return this.#watch(look, timeoutMs);
  }

  #watch(look: () => WaitOutcome | undefined, timeoutMs: number): Promise<WaitOutcome> {
    const now = look();
    if (now) return Promise.resolve(now);
    return new Promise((resolve) => {
      const finish = (outcome: WaitOutcome): void => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        resolve(outcome);
      };
      const watcher = (): void => {
        const outcome = look();
        if (outcome) finish(outcome);
      };
      const timer = setTimeout(() => finish("timeout"), timeoutMs);
      this.#watchers.add(watcher);
    });
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #reserve(needed: number): void {
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
