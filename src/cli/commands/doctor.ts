import { Command } from "commander";
import { type OutputOptions, type TargetOptions, withNetworkPlugins, withOutput, withTarget } from "../options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";

/** `criteria doctor`: what was found of the target and the host, and what each missing piece blocks. */
export function doctorCommand(terminal: Terminal, exit: ExitSlot): Command {
  const command = new Command("doctor").description("prints what it found of the runtime and the host, and what each missing piece will block");
  withTarget(command, "look at the reference runtime inside criteria", ["contract", "profile", "runtimeHandler", "restartCommand"]);
  withNetworkPlugins(command, "try whether a network plugin that fails on demand can be put there");
  return withOutput(command, ["json"]).action(async (options: Pick<OutputOptions, "json"> & TargetOptions) => {
    const { diagnose } = await import("../diagnose.ts");
    exit.code = await diagnose({ options, terminal });
  });
}
