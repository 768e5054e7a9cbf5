import { Command } from "commander";
import { gather } from "../options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";

export interface RuntimeOptions {
  readonly listen: string;
  readonly stateDir?: string;
  readonly mutant?: readonly string[];
  readonly upstream?: string;
}

/** `criteria runtime`: the reference runtime as a server of its own, or a proxy before another one; both with faults if wanted. */
export function runtimeCommand(terminal: Terminal, exit: ExitSlot): Command {
  return new Command("runtime")
    .description("serves the reference runtime until it is interrupted; with --upstream, passes everything on to another runtime")
    .requiredOption("--listen <endpoint>", "unix://PATH or tcp://HOST:PORT")
    .option("--state-dir <dir>", "where it keeps logs and files (default: a temporary folder)")
    .option("--mutant <id>", "break this rule; may be said several times (docs/mutation.md)", gather)
    .option("--upstream <endpoint>", "the runtime that answers; what no mutant changes passes byte for byte")
    .action(async (options: RuntimeOptions) => {
      const { serveRuntime } = await import("../serve-runtime.ts");
      exit.code = await serveRuntime(options, terminal);
    });
}
