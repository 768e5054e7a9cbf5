import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Catalog, loadCatalog } from "../catalog/load.ts";
import { HarnessError } from "../model/errors.ts";

export interface Selection {
  readonly catalog: Catalog;
  readonly patterns: readonly string[];
}

/**
 * Loads the suites that come with criteria and those of the user: files named on the command line, and the folder of
 * `--suites`. Where the user names suites of their own and nothing else, only those are selected.
 */
export function selectSuites(patterns: readonly string[], dir: string | undefined, cwd: string): Selection {
  const named = patterns.filter((pattern) => /\.ya?ml$/.test(pattern) && existsSync(resolve(cwd, pattern)));
  const files = [...(dir === undefined ? [] : filesOf(resolve(cwd, dir))), ...named.map((file) => resolve(cwd, file))];
  const catalog = loadCatalog(files.length === 0 ? {} : { files });
  const own = files.length === 0 ? [] : catalog.suites.slice(-files.length);
  const rest = patterns.filter((pattern) => !named.includes(pattern));
  return { catalog, patterns: rest.length > 0 && named.length === 0 ? rest : [...rest, ...own] };
}

function filesOf(dir: string): string[] {
  if (!existsSync(dir)) throw new HarnessError("USAGE", `there is no folder ${dir}`, { hint: "Correct --suites." });
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((file) => /\.ya?ml$/.test(file)).sort();
  if (files.length === 0) throw new HarnessError("USAGE", `there is no suite in ${dir}`, { hint: "Name a folder that holds .yaml files." });
  return files.map((file) => join(dir, file));
}
