import { resolve } from "node:path";
import { Command } from "commander";
import type { Terminal } from "../terminal.ts";

/** `criteria docs`: the reference pages that are made from the code. */
export function docsCommand(terminal: Terminal): Command {
  return new Command("docs")
    .description("writes the schema of suites and the pages made from it")
    .option("--out <dir>", "where", "docs")
    .option("--check", "write nothing; say what differs")
    .action(async (options: { readonly out: string; readonly check?: boolean }) => {
      const { writeDocs } = await import("../write-docs.ts");
      writeDocs(resolve(terminal.cwd, options.out), options.check === true, terminal);
    });
}
