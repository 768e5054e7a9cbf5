/** What the suites cover of the contract, and what lint has to say of it. */
import type { Level } from "../model/verdict.ts";
import type { Catalog } from "./load.ts";
import type { Requirement } from "./requirements.ts";

/** Cited by a case; uncovered for a reason that its file gives; or open: nobody has said anything yet. */
export type CoverageState = "cited" | "reason" | "open";

export interface RequirementCoverage {
  readonly id: string;
  readonly level: Level;
  readonly state: CoverageState;
  readonly reason?: string;
  /** Only drafts cite it: cases that no real runtime has been judged by, and that are never required. */
  readonly draft: boolean;
  /** A check that cites it held or failed on a real runtime. */
  readonly judged: boolean;
  /** A check that cites it has killed a mutant. */
  readonly killed: boolean;
}

export interface LevelCoverage {
  readonly cited: number;
  /** Of the cited ones, those that only drafts cite. */
  readonly draft: number;
  readonly reason: number;
  readonly open: number;
  readonly judged: number;
  readonly killed: number;
  readonly total: number;
}

/** Ids of requirements, as results and mutation tell them. */
export interface CoverageEvidence {
  readonly judged: ReadonlySet<string>;
  readonly killed: ReadonlySet<string>;
}

const noEvidence: CoverageEvidence = { judged: new Set(), killed: new Set() };
const levelNames: readonly Level[] = ["MUST", "SHOULD", "MAY"];
const columns: readonly (keyof LevelCoverage)[] = ["cited", "draft", "judged", "killed", "reason", "open", "total"];

export interface AreaCoverage {
  readonly area: string;
  readonly levels: Readonly<Record<Level, LevelCoverage>>;
  readonly requirements: readonly RequirementCoverage[];
  /** Those that no case cites. */
  readonly uncovered: readonly RequirementCoverage[];
}

/** Requirement id → ids of the cases and invariants that cite it. */
export function citations(catalog: Catalog): Map<string, string[]> {
  const cited = new Map<string, string[]>();
  const add = (requirement: string, id: string): void => void cited.set(requirement, [...(cited.get(requirement) ?? []), id]);
  for (const { plan } of catalog.cases) for (const id of plan.requirements) add(id, plan.id);
  for (const { plan } of catalog.invariants) for (const id of plan.covers) add(id, plan.id);
  return cited;
}

/** The citations of invariants and of cases that are no drafts. */
function citationsInEarnest(catalog: Catalog): Map<string, string[]> {
  return citations({ ...catalog, cases: catalog.cases.filter(({ plan }) => plan.draft === undefined) });
}

function judgeable(catalog: Catalog): Requirement[] {
  return [...catalog.requirements.values()].filter((requirement) => !requirement.caller && !requirement.retired);
}

/** Coverage by area, in order of name. */
export function coverageOf(catalog: Catalog, evidence: CoverageEvidence = noEvidence): AreaCoverage[] {
  const basis: Basis = { cited: citations(catalog), earnest: citationsInEarnest(catalog), evidence };
  const all = judgeable(catalog);
  return [...new Set(all.map((requirement) => requirement.area))].sort().map((area) => {
    const requirements = all.filter((requirement) => requirement.area === area).map((requirement) => stateOf(requirement, basis));
    return { area, levels: byLevel(requirements), requirements, uncovered: requirements.filter(({ state }) => state !== "cited") };
  });
}

/** The levels of all areas together. */
export function totalsOf(areas: readonly AreaCoverage[]): Readonly<Record<Level, LevelCoverage>> {
  return byLevel(areas.flatMap(({ requirements }) => requirements));
}

function byLevel(requirements: readonly RequirementCoverage[]): Record<Level, LevelCoverage> {
  return { MUST: count(requirements, "MUST"), SHOULD: count(requirements, "SHOULD"), MAY: count(requirements, "MAY") };
}

/** A table: one line an area and level, the totals last; then what is uncovered, with its reason. */
export function coverageText(areas: readonly AreaCoverage[]): string {
  const line = (name: string, level: string, cells: readonly (string | number)[]): string => `${name.padEnd(34)}${level.padEnd(8)}${cells.map((cell) => String(cell).padStart(8)).join("")}`;
  const lines = (name: string, levels: Readonly<Record<Level, LevelCoverage>>): string[] =>
    levelNames.filter((level) => levels[level].total > 0).map((level) => line(name, level, columns.map((column) => levels[level][column])));
  const head = line("area", "level", columns.map((column) => (column === "total" ? "all" : column)));
  const uncovered = areas.flatMap((area) => area.uncovered.map((item) => `  ${item.id} ${item.level}: ${item.reason ?? "open"}`));
  return [head, ...areas.flatMap(({ area, levels }) => lines(area, levels)), ...lines("all", totalsOf(areas)), "", "Not cited:", ...uncovered, ""].join("\n");
}

/** What the state of a requirement is told from. */
interface Basis {
  readonly cited: ReadonlyMap<string, unknown>;
  readonly earnest: ReadonlyMap<string, unknown>;
  readonly evidence: CoverageEvidence;
}

function stateOf({ id, level, uncovered: reason }: Requirement, { cited, earnest, evidence }: Basis): RequirementCoverage {
  const base = { id, level, judged: evidence.judged.has(id), killed: evidence.killed.has(id) };
  if (cited.has(id)) return { ...base, state: "cited", draft: !earnest.has(id) };
  return reason === undefined ? { ...base, state: "open", draft: false } : { ...base, state: "reason", reason, draft: false };
}

function count(requirements: readonly RequirementCoverage[], level: Level): LevelCoverage {
  const own = requirements.filter((requirement) => requirement.level === level);
  const of = (state: CoverageState): number => own.filter((requirement) => requirement.state === state).length;
  const seen = (what: "judged" | "killed"): number => own.filter((requirement) => requirement[what]).length;
  return { cited: of("cited"), draft: own.filter((requirement) => requirement.draft).length, reason: of("reason"), open: of("open"), judged: seen("judged"), killed: seen("killed"), total: own.length };
}

/** Complaints about the catalog as a whole: requirements that no case cites without a reason. */
export function lint(catalog: Catalog): string[] {
  const cited = citations(catalog);
  return judgeable(catalog).flatMap((requirement) => {
    const place = `${requirement.at.file}:${requirement.at.line}:${requirement.at.column}`;
    if (cited.has(requirement.id)) return requirement.uncovered === undefined ? [] : [`${place}: ${requirement.id} is covered: drop its reason`];
    return requirement.uncovered === undefined ? [`${place}: ${requirement.id} is covered by no case, and no reason is given`] : [];
  });
}

/** One line a case, for `criteria list`. */
export function listCases(catalog: Catalog): { id: string; suite: string; level: Level; about: string }[] {
  return catalog.cases.map(({ plan }) => ({ id: plan.id, suite: plan.suite, level: plan.level, about: plan.about }));
}
