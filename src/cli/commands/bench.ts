import { Command } from "commander";
import { choice, durationMs, type OutputOptions, positive, type TargetOptions, withOutput, withTarget } from "../options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";

export interface BenchCommandOptions extends OutputOptions, TargetOptions {
  readonly parallel: number;
  readonly iterations: number;
  readonly warmUp: number;
  readonly out?: string;
  readonly rate?: number;
  readonly duration: number;
  readonly spacing: "even" | "poisson";
  readonly seed: number;
  readonly resident?: number;
  readonly gate?: readonly string[];
  readonly baseline?: string;
  readonly failOnInconclusive?: boolean;
}

/** `criteria bench`: measures the lifecycles. */
export function benchCommand(terminal: Terminal, exit: ExitSlot): Command {
  const command = new Command("bench")
    .description("measures the pod and container lifecycles")
    .argument("[workload...]", "workloads; all of them unless said")
    .option("--parallel <n>", "iterations side by side", positive, 1)
    .option("--iterations <n>", "iterations that count", positive, 50)
    .option("--warm-up <n>", "iterations before them that do not", Number, 5)
    .option("--rate <n>", "an open load: iterations begun per second; --parallel is then the most in flight", Number)
    .option("--duration <duration>", "how long an open load begins iterations", durationMs, 10_000)
    .addOption(choice("--spacing <kind>", "of the starts of an open load", ["even", "poisson"]).default("poisson"))
    .option("--seed <n>", "of the schedule of an open load", Number, 1)
    .option("--resident <n>", "pods that stay while the load runs", positive)
    .option("--gate <file|expression>", "what must hold, e.g. 'p99(StartContainer) < 250ms'; several times", (value: string, before: readonly string[] = []) => [...before, value])
    .option("--baseline <side>", "a benchmark.json, or a folder of them, to compare with")
    .option("--fail-on-inconclusive", "exit 6 when the comparison with the baseline cannot tell")
    .option("--out <dir>", "where the result goes (default: reports/out/<run>)");
  command.addCommand(calibrateCommand(terminal, exit));
  return withOutput(withTarget(command)).action(async (workloads: readonly string[], options: BenchCommandOptions) => {
    const { measure } = await import("../measure.ts");
    exit.code = await measure({ workloads, options, terminal });
  });
}

function calibrateCommand(terminal: Terminal, exit: ExitSlot): Command {
  return new Command("calibrate")
    .description("prints how far measured times are from the truth, by a server of known delays (needs Go)")
    .option("--calls <n>", "calls per cell and per one in flight", positive, 60)
    .option("--json", "machine output on stdout")
    .action(async (options: { readonly calls: number; readonly json?: boolean }) => {
      const { runCalibration } = await import("../calibration.ts");
      exit.code = await runCalibration(options, terminal);
    });
}
