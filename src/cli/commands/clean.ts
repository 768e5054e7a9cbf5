import { Command } from "commander";
import { type OutputOptions, type TargetOptions, withNetworkPlugins, withOutput, withTarget } from "../options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";

export interface CleanOptions extends OutputOptions, TargetOptions {
  readonly run?: string;
  readonly dryRun?: boolean;
}

/** `criteria clean`: removes what earlier runs left on a runtime. */
export function cleanCommand(terminal: Terminal, exit: ExitSlot): Command {
  const command = new Command("clean")
    .description("removes what runs that were killed left: PodSandboxes, containers, images, and on this host folders, mounts and cgroups")
    .option("--run <id>", "only of this run")
    .option("--dry-run", "only say what would be removed");
  return withOutput(withNetworkPlugins(withTarget(command), "take away the network plugin that a killed run left there")).action(async (options: CleanOptions) => {
    const { cleanRuns } = await import("../clean-runs.ts");
    exit.code = await cleanRuns({ options, terminal });
  });
}
