import { HarnessError } from "../model/errors.ts";

/** A CEL text that cannot be read or evaluated; `column` counts from 1 within the text. */
export class CelError extends HarnessError {
  readonly column: number;
  readonly source: string;

  constructor(message: string, source: string, column: number) {
    super("SUITE_INVALID", message, { hint: `Look at column ${column} of: ${source}` });
    this.source = source;
    this.column = column;
  }
}
