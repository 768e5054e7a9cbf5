import { resolve } from "node:path";
import { Command } from "commander";
import { messageOf } from "../../model/errors.ts";
import { gather } from "../options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";

interface ReportOptions {
  readonly reporter: readonly string[];
  readonly runtimeLog?: string;
}

/** `criteria report DIR`: the reports again, from the event log alone. */
export function reportCommand(terminal: Terminal, exit: ExitSlot): Command {
  return new Command("report")
    .description("makes the reports of a run again from its events.ndjson")
    .argument("<dir>", "the folder of a run")
    .option("--reporter <names>", "junit, results, html", gather, ["junit", "results", "html"])
    .option("--runtime-log <file>", "add the runtime's log lines to cases that failed")
    .action(async (dir: string, options: ReportOptions) => {
      const { makeReports } = await import("../reports.ts");
      const files = await makeReports(resolve(terminal.cwd, dir), {
        names: options.reporter, ...(options.runtimeLog === undefined ? {} : { runtimeLog: options.runtimeLog }),
        onFault: (name, thrown) => {
          exit.code = 4;
          terminal.err(`criteria: the reporter ${name} failed: ${messageOf(thrown)}\n`);
        },
      });
      terminal.out(`${files.join("\n")}\n`);
    });
}
