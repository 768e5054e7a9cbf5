import { Command } from "commander";
import type { ExitSlot, Terminal } from "../terminal.ts";

/** `criteria runtime`: the reference runtime as a server of its own. */
export function runtimeCommand(terminal: Terminal, exit: ExitSlot): Command {
  return new Command("runtime")
    .description("serves the reference runtime until it is interrupted")
    .requiredOption("--listen <endpoint>", "unix://PATH or tcp://HOST:PORT")
    .option("--state-dir <dir>", "where it keeps logs and files (default: a temporary folder)")
    .action(async (options: { readonly listen: string; readonly stateDir?: string }) => {
      const { serveReferenceRuntime } = await import("../embedded.ts");
      exit.code = await serveReferenceRuntime(options, terminal);
    });
}
