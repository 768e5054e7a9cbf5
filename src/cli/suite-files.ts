import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
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
  const words = wordsOf(patterns, dir, cwd);
  return selectionOf(words, loadCatalog({ files: words.files }));
}

/**
 * The same for a run: of what comes with criteria it compiles, and checks, what may be asked for. That is a third of the start of a run of
 * one area; `criteria lint` checks everything.
 */
export function selectForRun(patterns: readonly string[], { suites, only }: { readonly suites?: string; readonly only?: readonly string[] }, cwd: string): Selection {
  const words = wordsOf(patterns, suites, cwd);
  const ownAlone = words.files.length > 0 && words.rest.length === 0;
  return selectionOf(words, loadCatalog({ files: words.files, isWanted: (name) => !ownAlone && mayBeAsked({ patterns: words.rest, only }, name) }));
}

interface Words {
  /** Suites of the user, absolute. */
  readonly files: readonly string[];
  /** Whether the patterns name some of them. */
  readonly namesFiles: boolean;
  /** The patterns that name no file. */
  readonly rest: readonly string[];
}

function wordsOf(patterns: readonly string[], dir: string | undefined, cwd: string): Words {
  const named = patterns.filter((pattern) => /\.ya?ml$/.test(pattern) && existsSync(resolve(cwd, pattern)));
  return {
    files: [...(dir === undefined ? [] : filesOf(resolve(cwd, dir))), ...named.map((file) => resolve(cwd, file))],
    namesFiles: named.length > 0, rest: patterns.filter((pattern) => !named.includes(pattern)),
  };
}

function selectionOf({ files, namesFiles, rest }: Words, catalog: Catalog): Selection {
  const own = files.length === 0 ? [] : catalog.suites.slice(-files.length);
  return { catalog, patterns: rest.length > 0 && !namesFiles ? rest : [...rest, ...own] };
}

function filesOf(dir: string): string[] {
  if (!existsSync(dir)) throw new HarnessError("USAGE", `there is no folder ${dir}`, { hint: "Correct --suites." });
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((file) => /\.ya?ml$/.test(file)).sort();
  if (files.length === 0) throw new HarnessError("USAGE", `there is no suite in ${dir}`, { hint: "Name a folder that holds .yaml files." });
  return files.map((file) => join(dir, file));
}
