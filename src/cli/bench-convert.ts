/** `criteria export` and `criteria import`. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { exporters, importers, toGoBench } from "../bench/api.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { exitCodes } from "../runner/exit-code.ts";
import { readBenchResult } from "./bench-files.ts";
import type { Terminal } from "./terminal.ts";

/** Writes results in a format on stdout. */
export function exportResults(format: string, files: readonly string[], terminal: Terminal): number {
  const write = named(exporters, format);
  const results = files.map((file) => readBenchResult(resolve(terminal.cwd, file)));
  const [first] = results;
  if (first === undefined) throw new HarnessError("USAGE", "no file was named", { hint: "Name a benchmark.json." });
  if (results.length > 1 && format !== "go-bench") throw new HarnessError("USAGE", `${format} holds one result`, { hint: "Export one file at a time; go-bench takes several." });
  terminal.out(withEnd(results.length > 1 ? toGoBench(results) : write(first)));
  return exitCodes.ok;
}

/** Writes another tool's result as a benchmark.json on stdout. */
export function importResult(format: string, file: string, terminal: Terminal): number {
  const read = named(importers, format);
  const path = resolve(terminal.cwd, file);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new HarnessError("RESULT_INVALID", `${path} cannot be read: ${messageOf(cause)}`, { hint: "Name the file that the tool wrote.", cause });
  }
  terminal.out(`${JSON.stringify(read(text))}\n`);
  return exitCodes.ok;
}

function named<T>(table: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found !== undefined) return found;
  throw new HarnessError("USAGE", `there is no format '${name}'`, { hint: `Choose among ${Object.keys(table).join(", ")}.` });
}

function withEnd(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
