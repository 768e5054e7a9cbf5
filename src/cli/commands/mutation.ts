import { Command, InvalidArgumentError } from "commander";
import { positive } from "../options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";

export interface MutationOptions {
  readonly area?: string;
  readonly sample?: number;
  readonly jobs?: number;
  readonly json?: string;
  readonly minScore?: number;
  readonly suites?: string;
}

/** `criteria mutation`: judges the suites. */
export function mutationCommand(terminal: Terminal, exit: ExitSlot): Command {
  return new Command("mutation")
    .description("breaks the reference runtime in every way that the protos allow, and tells what the suites see")
    .option("--area <glob>", "only mutants of these RPCs, or with these ids")
    .option("--sample <n>", "only so many, evenly spread", positive)
    .option("--jobs <n>", "worker processes (default: 2)", positive)
    .option("--json <file>", "write score and mutants there")
    .option("--min-score <percent>", "exit 5 when fewer are killed", percent)
    .option("--suites <dir>", "suites of your own instead of those that come with criteria")
    .action(async (options: MutationOptions) => {
      const { measureMutation } = await import("../mutation.ts");
      exit.code = await measureMutation({ options, terminal });
    });
}

function percent(value: string): number {
  const number = Number(value);
  if (!(number >= 0 && number <= 100)) throw new InvalidArgumentError("It is a number from 0 to 100.");
  return number;
}
