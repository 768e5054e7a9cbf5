import { Command } from "commander";
import { type OutputOptions, type TargetOptions, withNetworkPlugins, withOutput, withTarget } from "../options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";

export interface CleanOptions extends Pick<OutputOptions, "quiet">, TargetOptions {
  readonly run?: string;
  readonly dryRun?: boolean;
}

/** `criteria clean`: removes what earlier runs left on a runtime. */
export function cleanCommand(terminal: Terminal, exit: ExitSlot): Command {
  const command = new Command("clean")
    .description("removes what runs that were killed left: PodSandboxes, containers, images, and on this host folders, mounts and cgroups")
    .option("--run <id>", "only of this run: the name of its folder, run.runId of its results, or the end of that, which its objects carry")
    .option("--dry-run", "only say what would be removed");
  withNetworkPlugins(withTarget(command, "only what is on this host: the reference runtime inside criteria keeps nothing"), "take away the network plugin that a killed run left there");
  return withOutput(command, ["quiet"]).action(async (options: CleanOptions) => {
    const { cleanRuns } = await import("../clean-runs.ts");
    exit.code = await cleanRuns({ options, terminal });
  });
}
