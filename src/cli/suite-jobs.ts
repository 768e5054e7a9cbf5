import { type AreaCoverage, citations, coverageOf, lint } from "../catalog/coverage.ts";
import type { Catalog } from "../catalog/load.ts";
import { HarnessError } from "../model/errors.ts";
import { globMatches } from "../runner/glob.ts";
import { selectSuites } from "./suite-files.ts";
import type { Terminal } from "./terminal.ts";

interface SuiteOptions {
  readonly suites?: string;
  readonly json?: boolean;
}

/** `criteria list`. */
export function listCases(patterns: readonly string[], options: SuiteOptions, terminal: Terminal): void {
  const { catalog, patterns: wanted } = selectSuites(patterns, options.suites, terminal.cwd);
  const cases = [...catalog.cases, ...catalog.invariants].map(({ plan }) => ({ id: plan.id, suite: plan.suite, level: plan.level, about: plan.about }))
    .filter((item) => wanted.length === 0 || wanted.some((pattern) => [item.id, item.suite, item.id.split("/")[0] ?? ""].some((name) => globMatches(pattern, name) || name.startsWith(`${pattern}/`))));
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
  return cells.find((plan) => plan.id === id) ?? cells.find((plan) => plan.id.split("/")[0] === id);
}

function requirementOf(catalog: Catalog, id: string): object | undefined {
  const requirement = catalog.requirements.get(id);
  return requirement === undefined ? undefined : { ...requirement, cases: citations(catalog).get(id) ?? [] };
}

/** `criteria lint`: loading finds mistakes of the suites (exit 2); complaints about the whole are only told. */
export function lintSuites(options: SuiteOptions, terminal: Terminal): void {
  const { catalog } = selectSuites([], options.suites, terminal.cwd);
  const complaints = lint(catalog);
  if (options.json === true) terminal.out(`${JSON.stringify({ cases: catalog.cases.length, complaints })}\n`);
  else terminal.out([...complaints, `${catalog.cases.length} cases and ${catalog.invariants.length} invariants are valid`, ""].join("\n"));
}

/** `criteria coverage`. */
export function showCoverage(options: SuiteOptions, terminal: Terminal): void {
  const { catalog } = selectSuites([], options.suites, terminal.cwd);
  const areas = coverageOf(catalog);
  if (options.json === true) terminal.out(`${JSON.stringify(areas)}\n`);
  else terminal.out(`${areas.map(lineOf).join("\n")}\n`);
}

function lineOf(area: AreaCoverage): string {
  const figures = Object.entries(area.levels).filter(([, { total }]) => total > 0).map(([level, { cited, total }]) => `${level} ${cited}/${total}`);
  const missing = area.uncovered.map((item) => `\n    ${item.id} ${item.level}${item.reason === undefined ? "" : `: ${item.reason}`}`);
  return `${area.area}  ${figures.join("  ")}${missing.join("")}`;
}

function unknown(id: string): HarnessError {
  return new HarnessError("USAGE", `there is no case, suite or requirement '${id}'`, { hint: "Run `criteria list` to see all ids." });
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}
