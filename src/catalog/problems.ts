/** Collects every mistake of all suites, so that a person sees them in one go. */
import { HarnessError } from "../model/errors.ts";
import { placeOf } from "../model/plan.ts";
import type { Position } from "../model/plan.ts";

export interface Problem {
  readonly at: Position;
  readonly message: string;
}

/** All mistakes of the suites, one `file:line:column: message` a line. */
export class SuiteError extends HarnessError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const lines = problems.map((problem) => `${placeOf(problem.at)}: ${problem.message}`);
    super("SUITE_INVALID", lines.join("\n"), { hint: "Mend the suites at the places named above." });
    this.problems = problems;
  }
}

export class Problems {
  readonly #found = new Map<string, Problem>();

  /** Cells of one matrix repeat the same mistake: it is kept once. */
  add(at: Position, message: string): void {
    this.#found.set(`${placeOf(at)} ${message}`, { at, message });
  }

  /** Throws one SuiteError with everything that was found, in order of place. */
  throwIfAny(): void {
    if (this.#found.size === 0) return;
    throw new SuiteError([...this.#found.values()].sort((a, b) => a.at.file.localeCompare(b.at.file) || a.at.line - b.at.line || a.at.column - b.at.column));
  }
}

/** ` Did you mean X?` for the name nearest to a mistyped one, or nothing. */
export { didYouMean } from "../cel/did-you-mean.ts";
