/** What the cells of a matrix have in common: made by the first that comes, undone when the last has gone. */
import { baseOf, type PlanCase } from "../model/plan.ts";
import type { CommonFixture, CommonFixtureSource } from "./environment.ts";
import type { Report } from "./ledger.ts";
import { SharedFixtures } from "./shared-fixtures.ts";

class Common extends SharedFixtures implements CommonFixture {
  readonly logPaths = new Map<string, string>();
  #inside = 0;
  #toCome: number;

  constructor(toCome: number) {
    super();
    this.#toCome = toCome;
  }

  enter(): void {
    this.#inside += 1;
    this.#toCome -= 1;
  }

  async leave(report: Report): Promise<string[]> {
    this.#inside -= 1;
    return this.#inside > 0 || this.#toCome > 0 ? [] : this.close(report);
  }
}

export class CommonFixtures implements CommonFixtureSource {
  readonly #byCase = new Map<string, Common>();

  /** `cases` are those that will run, each `rounds` times: so many cells are waited for before what they share is undone. */
  constructor(cases: readonly PlanCase[], rounds = 1) {
    const cells = new Map<string, number>();
    for (const { id, before, skip } of cases) {
      if (before !== undefined && skip === undefined) cells.set(baseOf(id), (cells.get(baseOf(id)) ?? 0) + rounds);
    }
    for (const [base, count] of cells) this.#byCase.set(base, new Common(count));
  }

  enter(id: string): CommonFixture {
    const base = baseOf(id);
    const common = this.#byCase.get(base) ?? new Common(0);
    this.#byCase.set(base, common);
    common.enter();
    return common;
  }

  /** As with `SharedFixtures`. */
  renew(): void {
    for (const common of this.#byCase.values()) common.renew();
  }

  /** Undoes what cells that never came would have undone; gives what is left. */
  async close(): Promise<string[]> {
    const left: string[] = [];
    for (const common of this.#byCase.values()) left.push(...await common.close());
    return left;
  }
}
