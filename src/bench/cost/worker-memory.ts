/** The memory of load workers, as each tells of its own. */
export class WorkerMemory {
  readonly #bytes = new Map<number, number>();
  #mostBytes = 0;

  /** Zero when a worker has ended. */
  heard(pid: number, bytes: number): void {
    this.#bytes.set(pid, bytes);
    this.#mostBytes = Math.max(this.#mostBytes, this.now.rssBytes);
  }

  /** Of those that live. */
  get now(): { readonly rssBytes: number; readonly workers: number } {
    const living = [...this.#bytes.values()].filter((bytes) => bytes > 0);
    return { rssBytes: living.reduce((sum, bytes) => sum + bytes, 0), workers: living.length };
  }

  /** Of those that lived together, at most. Workers of one stage are gone when the next begins. */
  get mostBytes(): number {
    return this.#mostBytes;
  }
}
