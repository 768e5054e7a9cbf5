import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { conformanceFile, conformanceText } from "../catalog/conformance.ts";
import { citations, coverageOf, coverageText, totalsOf } from "../catalog/coverage.ts";
import { lintCatalog } from "../catalog/lint.ts";
import type { Catalog } from "../catalog/load.ts";
import { selects } from "../catalog/selection.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { baseOf } from "../model/plan.ts";
import { judgedIn, killedIn } from "./coverage-evidence.ts";
import { loadWith, selectSuites } from "./suite-files.ts";
import type { Terminal } from "./terminal.ts";

interface SuiteOptions {
  readonly suites?: string;
  readonly json?: boolean;
}

/** `criteria list`. */
export function listCases(patterns: readonly string[], options: SuiteOptions, terminal: Terminal): void {
  const { catalog, patterns: wanted } = selectSuites(patterns, options.suites, terminal.cwd);
  const cases = [...catalog.cases, ...catalog.invariants].map(({ plan }) => ({ id: plan.id, suite: plan.suite, level: plan.level, about: plan.about }))
    .filter((item) => wanted.length === 0 || wanted.some((pattern) => selects(pattern, item)));
  if (wanted.length > 0 && cases.length === 0) throw unknown(wanted.join(" "));
  if (options.json === true) {
    terminal.out(`${JSON.stringify(cases)}\n`);
    return;
  }
  for (const suite of new Set(cases.map((item) => item.suite))) {
    terminal.out(`${suite}\n`);
    for (const item of cases.filter((one) => one.suite === suite)) terminal.out(`  ${item.id}  ${item.level}  ${item.about}\n`);
  }
}

/** `criteria show`. */
export function showById(id: string, options: SuiteOptions, terminal: Terminal): void {
  const { catalog } = selectSuites([], options.suites, terminal.cwd);
  const found = caseOf(catalog, id) ?? requirementOf(catalog, id);
  if (found === undefined) throw unknown(id);
  terminal.out(options.json === true ? `${JSON.stringify(found, plain)}\n` : `${JSON.stringify(found, plain, 2)}\n`);
}

function caseOf(catalog: Catalog, id: string): object | undefined {
  const cells = [...catalog.cases, ...catalog.invariants].map(({ plan }) => plan);
  return cells.find((plan) => plan.id === id) ?? cells.find((plan) => baseOf(plan.id) === id);
}

function requirementOf(catalog: Catalog, id: string): object | undefined {
  const requirement = catalog.requirements.get(id);
  return requirement === undefined ? undefined : { ...requirement, cases: citations(catalog).get(id) ?? [] };
}

interface LintOptions extends SuiteOptions {
  /** Files and folders. */
  readonly paths: readonly string[];
  readonly update?: boolean;
}

/** `criteria lint`: loading finds mistakes of the suites; complaints about the whole are told. Both are exit 2. */
export function lintSuites(options: LintOptions, terminal: Terminal): number {
  const catalog = loadWith([...options.paths, ...(options.suites === undefined ? [] : [options.suites])], terminal.cwd);
  if (options.update === true) writeFileSync(join(catalog.dir, conformanceFile), conformanceText(catalog));
  const complaints = lintCatalog(catalog);
  if (options.json === true) terminal.out(`${JSON.stringify({ cases: catalog.cases.length, complaints })}\n`);
  else terminal.out([...complaints, `${catalog.cases.length} cases and ${catalog.invariants.length} invariants are valid`, ""].join("\n"));
  return complaints.length === 0 ? 0 : 2;
}

interface CoverageOptions extends SuiteOptions {
  readonly results?: readonly string[];
  readonly mutation?: readonly string[];
}

/** `criteria coverage`: cited by the suites, judged in results of real runtimes, killed a mutant. */
export function showCoverage(options: CoverageOptions, terminal: Terminal): void {
  const { catalog } = selectSuites([], options.suites, terminal.cwd);
  const ids = (files: readonly string[] = [], read: (document: unknown) => string[] | undefined): Set<string> => new Set(files.flatMap((file) => {
    const path = resolve(terminal.cwd, file);
    const found = read(readJson(path));
    if (found === undefined) throw new HarnessError("RESULT_INVALID", `${file} is not what was asked for`, { hint: "Give a results.json with --results, and the JSON of `criteria mutation` with --mutation." });
    return found;
  }));
  const areas = coverageOf(catalog, { judged: ids(options.results, judgedIn), killed: ids(options.mutation, killedIn) });
  terminal.out(options.json === true ? `${JSON.stringify({ totals: totalsOf(areas), areas })}\n` : coverageText(areas));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new HarnessError("RESULT_INVALID", `${path} cannot be read: ${messageOf(cause)}`, { hint: "Name a JSON file.", cause });
  }
}

function unknown(id: string): HarnessError {
  return new HarnessError("USAGE", `there is no case, suite or requirement '${id}'`, { hint: "Run `criteria list` to see all ids." });
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}
