/** The names that steps see: their own, and those of the scopes around them. */

export class Scope {
  readonly #outer: Scope | undefined;
  readonly #own = new Map<string, unknown>();

  constructor(outer?: Scope, own: Readonly<Record<string, unknown>> = {}) {
    this.#outer = outer;
    for (const [name, value] of Object.entries(own)) {
      this.#own.set(name, value);
    }
  }

  set(name: string, value: unknown): void {
    this.#own.set(name, value);
  }

  /** Everything in sight, inner names first. */
  bindings(extra: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return { ...this.#outer?.bindings(), ...Object.fromEntries(this.#own), ...extra };
  }

  /** The names set here, without the given ones. */
  saved(without: readonly string[] = []): [string, unknown][] {
    return [...this.#own].filter(([name]) => !without.includes(name));
  }

  /** Hands what was set here to the scope around. */
  merge(inner: Scope, without: readonly string[] = []): void {
    for (const [name, value] of inner.saved(without)) {
      this.set(name, value);
    }
  }
}
