import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { caseCatalogMarkdown } from "../catalog/case-catalog.ts";
import { loadCatalog } from "../catalog/load.ts";
import { HarnessError } from "../model/errors.ts";
import type { FieldSchema, VerbSchema } from "../steps/step.ts";
import { verbs } from "../steps/verbs.ts";
import type { Terminal } from "./terminal.ts";

/** Writes the pages that are made from the code; with `check` it only compares, and differences are an error. */
export function writeDocs(folder: string, check: boolean, terminal: Terminal): void {
  const stale = pages().filter(([file, text]) => !isEqual(join(folder, file), text));
  if (check && stale.length > 0) {
    throw new HarnessError("RESULT_INVALID", `not up to date: ${stale.map(([file]) => file).join(", ")}`, { hint: "Run `criteria docs`." });
  }
  for (const [file, text] of stale) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
    terminal.out(`${join(folder, file)}\n`);
  }
}

function isEqual(path: string, text: string): boolean {
  return existsSync(path) && readFileSync(path, "utf8") === text;
}

function pages(): readonly (readonly [file: string, text: string])[] {
  const cases: readonly [string, string] = ["cases.md", caseCatalogMarkdown(loadCatalog())];
  return [cases, ["verbs.md", `# Harness verbs\n\nMade from the code by \`criteria docs\`; a wire call is the RPC's own name.\n\n${Object.values(verbs).map(sectionOf).join("\n")}`]];
}

function sectionOf(verb: VerbSchema): string {
  const rows = [...rowsOf("input", verb.input), ...rowsOf("result", verb.result)];
  const table = rows.length === 0 ? "" : `\n| | field | type | |\n|---|---|---|---|\n${rows.join("\n")}\n`;
  const notes = [
    verb.oneOf === undefined ? "" : `Exactly one of ${verb.oneOf.join(", ")}.`,
    verb.rpcs.length === 0 ? "" : `Calls ${verb.rpcs.join(", ")}.`,
    verb.needs.length === 0 ? "" : `Needs ${verb.needs.join(", ")}.`,
    verb.demandsAlone === false ? "" : `Demands \`alone\`${verb.demandsAlone === true ? "" : ` with ${verb.demandsAlone.join(", ")}`}.`,
  ].filter((note) => note !== "");
  return `## ${verb.name}\n\n${[verb.about, ...notes].join(" ")}\n${table}`;
}

function rowsOf(side: string, fields: Readonly<Record<string, FieldSchema>>): string[] {
  return Object.entries(fields).filter(([name]) => name !== "").map(([name, field]) => {
    const values = field.values === undefined ? "" : ` One of ${field.values.join(", ")}.`;
    return `| ${side} | \`${name}\`${field.required === true ? " (required)" : ""} | \`${field.duration === true ? "duration" : field.type}\` | ${field.about.replace(/\|/g, "\\|")}${values} |`;
  });
}
