/** The restarts of one run that are under way: who looks whether the runtime is there waits for them. */
export class Restarts {
  readonly #underWay = new Set<Promise<unknown>>();
  #begun = 0;

  /** How many have begun. */
  get begun(): number {
    return this.#begun;
  }

  /** Counts as a restart until the promise has settled. */
  async during<T>(act: () => Promise<T>): Promise<T> {
    this.#begun += 1;
    const done = act();
    this.#underWay.add(done);
    try {
      return await done;
    } finally {
      this.#underWay.delete(done);
    }
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }
}
