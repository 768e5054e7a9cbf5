import pc from "picocolors";
import type { CaseResult } from "../model/verdict.ts";
import { liveReporter } from "../reporters/live.ts";
import { type Paint, plainReporter, unpainted } from "../reporters/plain.ts";
import type { Reporter } from "../reporters/reporter.ts";
import type { OutputOptions } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** Live on a terminal, plain lines elsewhere; on stderr when stdout belongs to `--json`. */
export function consoleReporter(terminal: Terminal, options: OutputOptions, runtimeLog?: (result: CaseResult) => readonly string[]): Reporter {
  const write = options.json === true ? terminal.err : terminal.out;
  const isTty = (options.json === true ? terminal.errIsTty : terminal.outIsTty) && terminal.env["CI"] === undefined;
  const common = { quiet: options.quiet === true, paint: paintOf(options, isTty, terminal), ...(runtimeLog === undefined ? {} : { runtimeLog }) };
  return isTty ? liveReporter(write, { ...common, columns: terminal.columns, everyMs: 100 }) : plainReporter(write, common);
}

function paintOf(options: OutputOptions, isTty: boolean, terminal: Terminal): Paint {
  if (!options.color || !isTty || terminal.env["NO_COLOR"] !== undefined) return unpainted;
  const colours = pc.createColors(true);
  return { good: colours.green, bad: colours.red, warn: colours.yellow, dim: colours.dim };
}
