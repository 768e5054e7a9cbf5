/** One pod per handler and config for all cases that only read it or add containers; undone at the end of the run. */
import type { SharedPodSource } from "./environment.ts";
import { UndoStack } from "./ledger.ts";

type Value = Readonly<Record<string, unknown>>;

export class SharedPods implements SharedPodSource {
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

  readonly undo = (label: string, action: () => Promise<void>): void => this.#undo.push(label, action);

  /** Removes the pods; gives what is left. */
  async close(): Promise<string[]> {
    return this.#undo.unwind(() => undefined);
  }
}
