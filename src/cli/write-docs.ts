import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { caseCatalogMarkdown } from "../catalog/case-catalog.ts";
import { loadCatalog } from "../catalog/load.ts";
import { suiteSchemaText } from "../catalog/suite-schema.ts";
import { HarnessError } from "../model/errors.ts";
import { scriptActions } from "../steps/script.ts";
import type { FieldSchema, VerbSchema } from "../steps/step.ts";
import { verbs } from "../steps/verbs.ts";
import type { Terminal } from "./terminal.ts";

/** Writes what is made from the code: the pages, and the schema beside the suites. With `check` it only compares, and differences are an error. */
export function writeDocs(folder: string, check: boolean, terminal: Terminal): void {
  const stale = made(folder).filter(([file, text]) => !isEqual(file, text));
  if (check && stale.length > 0) {
    throw new HarnessError("RESULT_INVALID", `not up to date: ${stale.map(([file]) => file).join(", ")}`, { hint: "Run `criteria docs`." });
  }
  for (const [file, text] of stale) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    terminal.out(`${file}\n`);
  }
}

function isEqual(path: string, text: string): boolean {
  return existsSync(path) && readFileSync(path, "utf8") === text;
}

function made(folder: string): readonly (readonly [file: string, text: string])[] {
  const catalog = loadCatalog();
  return [
    [join(folder, "cases.md"), caseCatalogMarkdown(catalog)],
    [join(folder, "verbs.md"), verbsMarkdown()],
    [join(catalog.dir, "suite.schema.json"), suiteSchemaText()],
  ];
}

/** The page of the harness verbs, with every field that they take and give. */
export function verbsMarkdown(): string {
  const head = "# Harness verbs\n\nMade from the code by `criteria docs`; a wire call is the RPC's own name. `a.b` is the key `b` of the mapping `a`, `a[].b` that of each of its items.\n";
  return [head, ...Object.values(verbs).map(sectionOf), scriptSection()].join("\n");
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

function scriptSection(): string {
  const rows = scriptActions.map(({ name, value, about }) => `| \`${name}\` | ${value} | ${about} |`);
  return `## Scripts\n\nA script is a list of actions, done one after the other; each has one key. An action that is not through at the deadline ends it; \`steps\` are awaited all the same.\n\n| action | value | |\n|---|---|---|\n${rows.join("\n")}\n`;
}

/** A row for each field, and one for each key inside it. */
function rowsOf(side: string, fields: Readonly<Record<string, FieldSchema>>, within = ""): string[] {
  return Object.entries(fields).filter(([name]) => name !== "").flatMap(([name, field]) => {
    const values = field.values === undefined ? "" : `. One of ${field.values.join(", ")}.`;
    const path = `${within}${name}`;
    const row = `| ${side} | \`${path}\`${field.required === true ? " (required)" : ""} | \`${field.duration === true ? "duration" : field.type}\` | ${field.about.replace(/\|/g, "\\|")}${values} |`;
    return [row, ...rowsOf(side, field.keys ?? {}, `${path}${field.type.startsWith("list<") ? "[]" : ""}.`)];
  });
}
