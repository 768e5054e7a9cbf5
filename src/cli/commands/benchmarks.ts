/** The commands that work on benchmark results on disk. */
import { Command } from "commander";
import type { CompareCommandOptions } from "../bench-compare.ts";
import { percent } from "./bench-options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";

/** `criteria compare`. */
export function compareCommand(terminal: Terminal, exit: ExitSlot): Command {
  return new Command("compare")
    .description("compares benchmark results: the first side with each other one")
    .argument("<side...>", "a benchmark.json, several with commas, or a folder of them; four runs a side or more")
    .option("--least <percent>", "the smallest change that matters", percent)
    .option("--fail-on-inconclusive", "exit 6 when a figure cannot be told")
    .option("--json", "machine output on stdout")
    .action(async (sides: readonly string[], options: CompareCommandOptions) => {
      if (sides.length < 2) {
        exit.code = usage(terminal, "compare wants two sides or more");
        return;
      }
      const { compareSides } = await import("../bench-compare.ts");
      exit.code = compareSides(sides, options, terminal);
    });
}

/** `criteria export`. */
export function exportCommand(terminal: Terminal, exit: ExitSlot): Command {
  return new Command("export")
    .description("writes benchmark results in the format of another tool on stdout")
    .argument("<format>", "bencher, csv, github-action-benchmark, go-bench or prometheus")
    .argument("<file...>", "benchmark.json; several only with go-bench")
    .action(async (format: string, files: readonly string[]) => {
      const { exportResults } = await import("../bench-convert.ts");
      exit.code = exportResults(format, files, terminal);
    });
}

/** `criteria import`. */
export function importCommand(terminal: Terminal, exit: ExitSlot): Command {
  return new Command("import")
    .description("turns another tool's benchmark result into a benchmark.json on stdout")
    .argument("<format>", "critest or ghz")
    .argument("<file>", "the JSON file that the tool wrote")
    .action(async (format: string, file: string) => {
      const { importResult } = await import("../bench-convert.ts");
      exit.code = importResult(format, file, terminal);
    });
}

function usage(terminal: Terminal, problem: string): number {
  terminal.err(`criteria: ${problem}\n`);
  return 2;
}
