import { Command } from "commander";
import type { ExitSlot, Terminal } from "../terminal.ts";

interface SuiteOptions {
  readonly suites?: string;
  readonly json?: boolean;
}

function suiteCommand(name: string, about: string): Command {
  return new Command(name).description(about).option("--suites <dir>", "suites of your own").option("--json", "machine output on stdout");
}

/** `criteria list`: the cases, by suite. */
export function listCommand(terminal: Terminal): Command {
  return suiteCommand("list", "lists suites and cases")
    .argument("[suite-or-case...]", "suites, or globs of case ids")
    .action(async (patterns: readonly string[], options: SuiteOptions) => {
      const { listCases } = await import("../suite-jobs.ts");
      await listCases(patterns, options, terminal);
    });
}

/** `criteria show ID`: a case or a requirement. */
export function showCommand(terminal: Terminal): Command {
  return suiteCommand("show", "shows a case or a requirement with everything that is known about it")
    .argument("<id>", "case or requirement")
    .action(async (id: string, options: SuiteOptions) => {
      const { showById } = await import("../suite-jobs.ts");
      await showById(id, options, terminal);
    });
}

/** `criteria lint`: whether all suites are valid, and the catalogue as a whole is complete. */
export function lintCommand(terminal: Terminal, exit: ExitSlot): Command {
  return suiteCommand("lint", "checks every suite, and that every requirement has a case or a reason; mistakes are told as file:line:column")
    .argument("[suite...]", "suites of your own: files, or folders of them")
    .option("--update", "write the list of required cases anew")
    .action(async (paths: readonly string[], options: SuiteOptions & { readonly update?: boolean }) => {
      const { lintSuites } = await import("../suite-jobs.ts");
      exit.code = lintSuites({ ...options, paths }, terminal);
    });
}

/** `criteria coverage`: which requirements are judged by which cases. */
export function coverageCommand(terminal: Terminal): Command {
  return suiteCommand("coverage", "counts the requirements that the suites cite, that a real runtime was judged by, and that killed a mutant")
    .option("--results <file...>", "results.json of runs")
    .option("--mutation <file...>", "JSON of criteria mutation")
    .action(async (options: SuiteOptions & { readonly results?: readonly string[]; readonly mutation?: readonly string[] }) => {
      const { showCoverage } = await import("../suite-jobs.ts");
      await showCoverage(options, terminal);
    });
}

/** `criteria new case`: a file to start from. */
export function newCommand(terminal: Terminal, _exit: ExitSlot): Command {
  const command = new Command("new").description("writes a file to start from");
  command.command("case")
    .description("a suite with one case")
    .argument("<id>", "such as pod-sandbox.stop.twice")
    .option("--file <file>", "where (default: <first part of the id>.yaml here)")
    .action(async (id: string, options: { readonly file?: string }) => {
      const { writeNewCase } = await import("../new-case.ts");
      writeNewCase(id, options.file, terminal);
    });
  return command;
}
