import { HarnessError, messageOf } from "../model/errors.ts";
import type { BenchResult } from "./result.ts";

/** A runtime that is gone leaves everything behind. */
const most = 10;

/** A run that failed before its end. What it had measured by then, it carries. */
export class IncompleteBench extends HarnessError {
  readonly result: BenchResult;

  constructor(cause: unknown, result: BenchResult) {
    const { leftovers } = result;
    const more = leftovers.length > most ? `\n  and ${leftovers.length - most} more` : "";
    const left = leftovers.slice(0, most).map((item) => `\n  left behind: ${item}`).join("") + more;
    const known = cause instanceof HarnessError ? cause : undefined;
    super(known?.code ?? "HARNESS_FAULT", `${messageOf(cause)}${left}`, { hint: known?.hint ?? "Report this with the command line", cause });
    this.result = result;
  }
}
