/** Fixtures that several cases only look at or add to: made once for each key, undone together. */
import type { SharedFixtureSource } from "./environment.ts";
import { type Report, type Undo, UndoStack } from "./ledger.ts";

type Value = Readonly<Record<string, unknown>>;

export class SharedFixtures implements SharedFixtureSource {
  readonly #made = new Map<string, Promise<Value>>();
  readonly #undo = new UndoStack();

  get(key: string, make: () => Promise<Value>): Promise<Value> {
    const known = this.#made.get(key);
    if (known !== undefined) {
      return known;
    }
    const making = make();
    this.#made.set(key, making);
    // One failure is not the fate of every later case.
    making.catch(() => this.#made.delete(key));
    return making;
  }

  readonly undo: Undo = (label, action) => this.#undo.push(label, action);

  /** Lets the next that comes make all of it again, as where the runtime may have lost it; what was made is undone as ever. */
  renew(): void {
    this.#made.clear();
  }

  /** Forgets what takes objects off the runtime; gives their labels. */
  keepObjects(): string[] {
    return this.#undo.keepObjects();
  }

  /** Undoes all; gives what is left. */
  async close(report: Report = () => undefined): Promise<string[]> {
    this.renew();
    return this.#undo.unwind(report);
  }
}
