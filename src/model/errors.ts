/**
 * Errors that a person can act on.
 *
 * A `HarnessError` means that no verdict was reached. A runtime that breaks a rule is not an error
 * here: that is a verdict, and verdicts are data. Anything thrown that is not a `HarnessError` is a bug of ours.
 */

/** Documented in docs/errors.md. Add to this list; never rename or reuse an entry. */
export type ErrorCode =
  | "DEADLINE_EXCEEDED"
  | "FIXTURE_FAILED"
  | "HARNESS_FAULT"
  | "INTERRUPTED"
  | "RESULT_INVALID"
  | "SUITE_INVALID"
  | "TARGET_UNREACHABLE"
  | "USAGE";

export interface ErrorDetail {
  /** The next thing to try, as one imperative sentence. */
  readonly hint: string;
  readonly cause?: unknown;
}

/** Base of every error that the harness throws on purpose. */
export class HarnessError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail) {
    super(message, detail.cause === undefined ? {} : { cause: detail.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = detail.hint;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
