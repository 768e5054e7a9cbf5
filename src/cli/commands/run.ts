import { Command } from "commander";
import { choice, gather, type OutputOptions, positive, shardOf, type TargetOptions, withNetworkPlugins, withOutput, withTarget } from "../options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";

export interface RunCommandOptions extends OutputOptions, TargetOptions {
  readonly out?: string;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly level: "must" | "should" | "may";
  readonly jobs?: number;
  readonly waivers?: readonly string[];
  readonly shard?: { readonly index: number; readonly count: number };
  readonly repeat: number;
  readonly bail?: boolean;
  readonly keepOnFailure?: boolean;
  readonly reporter: readonly string[];
  readonly runtimeLog?: string;
  readonly suites?: string;
}

/** `criteria run`: judges a runtime. */
export function runCommand(terminal: Terminal, exit: ExitSlot): Command {
  const command = new Command("run")
    .description("judges a runtime by the suites, or by those named")
    .argument("[suite-or-case...]", "suites, or globs of case ids")
    .option("--only <globs>", "of those, only cases that fit", gather)
    .option("--skip <globs>", "leave out cases that fit", gather)
    .addOption(choice("--level <level>", "what fails a run", ["must", "should", "may"]).default("must"))
    .option("--jobs <n>", "cases side by side (default: twice the cores, at least 4)", positive)
    .option("--waivers <files>", "breaches that are known", gather)
    .option("--shard <i/n>", "only the i-th of n parts", shardOf)
    .option("--repeat <n>", "run each case n times; verdicts must agree", positive, 1)
    .option("--bail", "stop after the first failure")
    .option("--keep-on-failure", "leave the objects of cases that failed or are broken")
    .option("--reporter <names>", "junit, results, html", gather, ["junit", "results", "html"])
    .option("--runtime-log <file>", "add the runtime's log lines to cases that failed")
    .option("--suites <dir>", "suites of your own instead of those that come with criteria")
    .option("--out <dir>", "where the run's files go (default: reports/out/<run>)");
  withTarget(command, "judge the reference runtime inside criteria", ["contract", "profile", "runtimeHandler", "imageRegistry", "restartCommand"]);
  withNetworkPlugins(command, "put a network plugin that fails on demand behind the configuration there");
  return withOutput(command, ["json", "quiet", "color"]).action(async (patterns: readonly string[], options: RunCommandOptions) => {
    const { judge } = await import("../judge.ts");
    exit.code = await judge({ patterns, options, terminal });
  });
}
