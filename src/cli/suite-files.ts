import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Catalog, loadCatalog, shippedSuites } from "../catalog/load.ts";
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
  const named = patterns.filter((pattern) => isSuite(pattern) && existsSync(resolve(cwd, pattern)));
  return {
    files: [...(dir === undefined ? [] : filesOf(resolve(cwd, dir))), ...named.map((file) => resolve(cwd, file))],
    namesFiles: named.length > 0, rest: patterns.filter((pattern) => !named.includes(pattern)),
  };
}

function selectionOf({ files, namesFiles, rest }: Words, catalog: Catalog): Selection {
  const own = files.length === 0 ? [] : catalog.suites.slice(-files.length);
  return { catalog, patterns: rest.length > 0 && !namesFiles ? rest : [...rest, ...own] };
}

/** Loads what comes with criteria and these suites of the user: files, or folders of them. What comes with criteria may be named too. */
export function loadWith(paths: readonly string[], cwd: string): Catalog {
  const files = paths.flatMap((path) => filesOf(resolve(cwd, path))).filter((file) => !file.startsWith(shippedSuites));
  return loadCatalog({ files: [...new Set(files)] });
}

/** A suite, or those in a folder. */
function filesOf(path: string): string[] {
  const hint = "Name a .yaml file, or a folder that holds some.";
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new HarnessError("USAGE", `there is no file or folder ${path}`, { hint });
  if (found.isFile() && isSuite(path)) return [path];
  if (!found.isDirectory()) throw new HarnessError("USAGE", `${path} is neither a suite nor a folder of them`, { hint });
  const files = readdirSync(path, { recursive: true, encoding: "utf8" }).filter(isSuite).sort();
  if (files.length === 0) throw new HarnessError("USAGE", `there is no suite in ${path}`, { hint });
  return files.map((file) => join(path, file));
}

function isSuite(file: string): boolean {
  return /\.ya?ml$/.test(file);
}
