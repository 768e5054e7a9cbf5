import { Command } from "commander";
import { type OutputOptions, positive, type TargetOptions, withOutput, withTarget } from "../options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";

export interface BenchCommandOptions extends OutputOptions, TargetOptions {
  readonly parallel: number;
  readonly iterations: number;
  readonly warmUp: number;
  readonly out?: string;
}

/** `criteria bench`: measures the lifecycles. */
export function benchCommand(terminal: Terminal, exit: ExitSlot): Command {
  const command = new Command("bench")
    .description("measures the pod and container lifecycles")
    .argument("[workload...]", "workloads; all of them unless said")
    .option("--parallel <n>", "iterations side by side", positive, 1)
    .option("--iterations <n>", "iterations that count", positive, 50)
    .option("--warm-up <n>", "iterations before them that do not", Number, 5)
    .option("--out <dir>", "where the result goes (default: reports/out/<run>)");
  return withOutput(withTarget(command)).action(async (workloads: readonly string[], options: BenchCommandOptions) => {
    const { measure } = await import("../measure.ts");
    exit.code = await measure({ workloads, options, terminal });
  });
}
