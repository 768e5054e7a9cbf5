import { Command } from "commander";
import { positive, withOutput, withTarget } from "../options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";
import { type BenchCommandOptions, withLoad } from "./bench-options.ts";

/** `criteria bench`: measures workloads. */
export function benchCommand(terminal: Terminal, exit: ExitSlot): Command {
  const command = withLoad(new Command("bench"))
    .description("measures workloads under load")
    .argument("[workload...]", "workloads by name, glob or YAML file (pod-lifecycle and container-lifecycle)")
    .option("--list", "say which workloads there are")
    .option("--gate <file|expression>", "what must hold, e.g. 'p99(StartContainer) < 250ms'; several times", (value: string, before: readonly string[] = []) => [...before, value])
    .option("--baseline <side>", "a benchmark.json, or a folder of them, to compare with")
    .option("--fail-on-inconclusive", "exit 6 when the comparison with the baseline cannot tell")
    .option("--out <dir>", "where the result goes (default: reports/out/<run>)")
    // Those of the sub-commands are theirs.
    .enablePositionalOptions();
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
