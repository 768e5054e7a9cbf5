import { Command, CommanderError } from "commander";
import { HarnessError, messageOf } from "../model/errors.ts";
import { exitByInterrupt } from "../runner/exit-code.ts";
import { commands } from "./commands/index.ts";
import type { ExitSlot, Terminal } from "./terminal.ts";
import { criteriaVersion } from "./version.ts";

/** Runs one command line and gives its exit code. */
export async function runProgram(terminal: Terminal): Promise<number> {
  const exit: ExitSlot = { code: 0 };
  const program = new Command("criteria")
    .description("Judges container runtimes: do they keep the contract of CRI, and how fast are they.")
    .version(criteriaVersion())
    .showSuggestionAfterError()
    .enablePositionalOptions();
  for (const make of commands) program.addCommand(make(terminal, exit));
  adopt(program, terminal);
  try {
    await program.parseAsync([...terminal.argv], { from: "user" });
    return exit.code;
  } catch (thrown) {
    return exitOf(thrown, terminal);
  }
}

function adopt(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({ writeOut: terminal.out, writeErr: terminal.err });
  for (const child of command.commands) adopt(child, terminal);
}

function exitOf(thrown: unknown, terminal: Terminal): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  if (thrown instanceof HarnessError) {
    terminal.err(`criteria: ${thrown.message}\n${thrown.hint === "" ? "" : `  ${thrown.hint}\n`}`);
    return exitByError(thrown, terminal);
  }
  const stack = thrown instanceof Error && terminal.env["CRITERIA_DEBUG"] !== undefined ? `\n${thrown.stack ?? ""}` : "";
  terminal.err(`criteria: ${messageOf(thrown)}${stack}\n  This is a fault of criteria. Set CRITERIA_DEBUG=1 and report what it prints.\n`);
  return 4;
}

/** Wrong input is 2, a target that does not answer 3, everything else of ours 4. */
function exitByError({ code }: HarnessError, { interrupt }: Terminal): number {
  switch (code) {
    case "USAGE": case "SUITE_INVALID": case "RESULT_INVALID": return 2;
    case "TARGET_UNREACHABLE": return 3;
    case "INTERRUPTED": return exitByInterrupt(interrupt);
    default: return 4;
  }
}
