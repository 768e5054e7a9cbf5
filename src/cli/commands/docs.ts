import { resolve } from "node:path";
import { Command } from "commander";
import type { Terminal } from "../terminal.ts";

/** `criteria docs`: what is made from the code for people and editors. */
export function docsCommand(terminal: Terminal): Command {
  return new Command("docs")
    .description("writes what is made from the code: the pages of cases and verbs, and the schema of suites beside these")
    .option("--out <dir>", "where the pages go", "docs")
    .option("--check", "write nothing; say what differs")
    .action(async (options: { readonly out: string; readonly check?: boolean }) => {
      const { writeDocs } = await import("../write-docs.ts");
      writeDocs(resolve(terminal.cwd, options.out), options.check === true, terminal);
    });
}
