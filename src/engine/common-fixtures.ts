/** What the cells of a matrix have in common: made by the first that comes, undone when the last has gone. */
import type { PlanCase } from "../model/plan.ts";
import type { CommonFixture, CommonFixtureSource } from "./environment.ts";
import { UndoStack } from "./ledger.ts";

type Value = Readonly<Record<string, unknown>>;
type Report = (label: string, failure?: string) => void;

class Common {
  readonly logPaths = new Map<string, string>();
  readonly #undo = new UndoStack();
  #made: Promise<Value> | undefined;
  #inside = 0;
  #toCome: number;

  constructor(toCome: number) {
    this.#toCome = toCome;
  }

  readonly undo = (label: string, action: () => Promise<void>): void => this.#undo.push(label, action);

  make(how: () => Promise<Value>): Promise<Value> {
    const making = this.#made ?? how();
    this.#made = making;
    // One failure is not the fate of the cells that come later.
    making.catch(() => { if (this.#made === making) this.#made = undefined; });
    return making;
  }

  enter(): void {
    this.#inside += 1;
    this.#toCome -= 1;
  }

  async leave(report: Report): Promise<string[]> {
    this.#inside -= 1;
    return this.#inside > 0 || this.#toCome > 0 ? [] : this.unwind(report);
  }

  keepObjects(): string[] {
    return this.#undo.keepObjects();
  }

  async unwind(report: Report): Promise<string[]> {
    this.#made = undefined;
    return this.#undo.unwind(report);
  }
}

export class CommonFixtures implements CommonFixtureSource {
  readonly #byCase = new Map<string, Common>();

  /** `cases` are those that will run: so many cells are waited for before what they share is undone. */
  constructor(cases: readonly PlanCase[]) {
    const cells = new Map<string, number>();
    for (const { before, skip } of cases) {
      if (before !== undefined && skip === undefined) cells.set(before.of, (cells.get(before.of) ?? 0) + 1);
    }
    for (const [of, count] of cells) this.#byCase.set(of, new Common(count));
  }

  enter(of: string): CommonFixture {
    const common = this.#byCase.get(of) ?? new Common(0);
    this.#byCase.set(of, common);
    common.enter();
    return common;
  }

  /** Undoes what cells that never came would have undone; gives what is left. */
  async close(): Promise<string[]> {
    const left: string[] = [];
    for (const common of this.#byCase.values()) left.push(...await common.unwind(() => undefined));
    return left;
  }
}
