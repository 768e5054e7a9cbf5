import { Command } from "commander";
import type { CalibrateOptions } from "../calibration.ts";
import type { ResampleCommandOptions, SidesOptions } from "../bench-sides.ts";
import { positive, withOutput, withTarget } from "../options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";
import { type BenchCommandOptions, count, counts, percent, withLoad } from "./bench-options.ts";

const embedded = "measure the reference runtime inside criteria";
const readByBench = ["runtimeHandler", "imageRegistry"] as const;

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
  for (const make of [calibrateCommand, abCommand, aaCommand, resampleCommand]) command.addCommand(make(terminal, exit));
  return withOutput(withTarget(command, embedded, readByBench), ["json"]).action(async (workloads: readonly string[], options: BenchCommandOptions) => {
    const { measure } = await import("../measure.ts");
    exit.code = await measure({ workloads, options, terminal });
  });
}

function calibrateCommand(terminal: Terminal, exit: ExitSlot): Command {
  return new Command("calibrate")
    .description("prints how far measured times are from the truth, by a server of known delays (needs Go)")
    .option("--calls <n>", "calls a cell, at least", positive, 500)
    .option("--delays <ms,ms,…>", "what the server waits", counts, [1, 5, 20, 100])
    .option("--in-flight <n,n,…>", "calls side by side", counts, [1, 8, 32])
    .option("--ghz <program>", "the same cells by ghz, for comparison")
    .option("--json", "machine output on stdout")
    .action(async (options: CalibrateOptions) => {
      const { runCalibration } = await import("../calibration.ts");
      exit.code = await runCalibration(options, terminal);
    });
}

function withSides(command: Command): Command {
  return withOutput(withTarget(withLoad(command), embedded, readByBench), ["json", "quiet"])
    .argument("[workload...]", "workloads by name, glob or YAML file (pod-lifecycle and container-lifecycle)")
    .option("--runs <n>", "runs a side", positive, 10)
    .option("--least <percent>", "the smallest change that matters", percent)
    .option("--out <dir>", "where the runs go; those that are there already are not made again");
}

function abCommand(terminal: Terminal, exit: ExitSlot): Command {
  return withSides(new Command("ab").description("measures two targets by turns, and compares them"))
    .requiredOption("--against <endpoint>", "the second target")
    .option("--fail-on-inconclusive", "exit 6 when a figure cannot be told")
    .action(async (workloads: readonly string[], options: SidesOptions) => {
      const { benchAb } = await import("../bench-sides.ts");
      exit.code = await benchAb({ workloads, options, terminal });
    });
}

function aaCommand(terminal: Terminal, exit: ExitSlot): Command {
  return withSides(new Command("aa").description("measures a target against itself: false alarms, and the smallest change that this host can show"))
    .action(async (workloads: readonly string[], options: SidesOptions) => {
      const { benchAa } = await import("../bench-sides.ts");
      exit.code = await benchAa({ workloads, options, terminal });
    });
}

function resampleCommand(terminal: Terminal, exit: ExitSlot): Command {
  return new Command("resample")
    .description("draws comparisons from recorded runs, and counts what they call a change")
    .argument("<side...>", "a folder of runs: its halves are compared; two: one with the other")
    .option("--runs <n>", "runs a side in each comparison", positive, 10)
    .option("--comparisons <n>", "how many", positive, 100)
    .option("--seed <n>", "of the drawing", count, 1)
    .option("--least <percent>", "the smallest change that matters", percent)
    .option("--json", "machine output on stdout")
    .action(async (sides: readonly string[], options: ResampleCommandOptions) => {
      const { benchResample } = await import("../bench-sides.ts");
      exit.code = benchResample(sides, options, terminal);
    });
}
