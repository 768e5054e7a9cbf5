import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CaseName } from "../catalog/compile-case.ts";
import { type Catalog, loadCatalog } from "../catalog/load.ts";
import { mayBeAsked } from "../catalog/selection.ts";
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
  return read({ patterns, dir, cwd });
}

/**
 * The same for a run: of what comes with criteria it compiles, and checks, what may be asked for. That is a third of the start of a run of
 * one area; `criteria lint` checks everything.
 */
export function selectForRun(patterns: readonly string[], { suites, only }: { readonly suites?: string; readonly only?: readonly string[] }, cwd: string): Selection {
  return read({ patterns, dir: suites, cwd, isWanted: (name, asked) => mayBeAsked({ patterns: asked, ...(only === undefined ? {} : { only }) }, name) });
}

interface Reading {
  readonly patterns: readonly string[];
  readonly dir: string | undefined;
  readonly cwd: string;
  readonly isWanted?: (name: CaseName, asked: readonly string[]) => boolean;
}

function read({ patterns, dir, cwd, isWanted }: Reading): Selection {
  const named = patterns.filter((pattern) => /\.ya?ml$/.test(pattern) && existsSync(resolve(cwd, pattern)));
  const files = [...(dir === undefined ? [] : filesOf(resolve(cwd, dir))), ...named.map((file) => resolve(cwd, file))];
  const rest = patterns.filter((pattern) => !named.includes(pattern));
  const ownAlone = files.length > 0 && rest.length === 0;
  const catalog = loadCatalog({ files, ...(isWanted === undefined ? {} : { isWanted: (name) => !ownAlone && isWanted(name, rest) }) });
  const own = files.length === 0 ? [] : catalog.suites.slice(-files.length);
  return { catalog, patterns: rest.length > 0 && named.length === 0 ? rest : [...rest, ...own] };
}

function filesOf(dir: string): string[] {
  if (!existsSync(dir)) throw new HarnessError("USAGE", `there is no folder ${dir}`, { hint: "Correct --suites." });
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((file) => /\.ya?ml$/.test(file)).sort();
  if (files.length === 0) throw new HarnessError("USAGE", `there is no suite in ${dir}`, { hint: "Name a folder that holds .yaml files." });
  return files.map((file) => join(dir, file));
}
