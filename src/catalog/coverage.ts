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
}

export interface LevelCoverage {
  readonly cited: number;
  readonly reason: number;
  readonly open: number;
  readonly total: number;
}

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

function judgeable(catalog: Catalog): Requirement[] {
  return [...catalog.requirements.values()].filter((requirement) => !requirement.caller && !requirement.retired);
}

/** Coverage by area, in order of name. */
export function coverageOf(catalog: Catalog): AreaCoverage[] {
  const cited = citations(catalog);
  const all = judgeable(catalog);
  return [...new Set(all.map((requirement) => requirement.area))].sort().map((area) => {
    const requirements = all.filter((requirement) => requirement.area === area).map((requirement) => stateOf(requirement, cited));
    const levels = { MUST: count(requirements, "MUST"), SHOULD: count(requirements, "SHOULD"), MAY: count(requirements, "MAY") };
    return { area, levels, requirements, uncovered: requirements.filter(({ state }) => state !== "cited") };
  });
}

function stateOf({ id, level, uncovered: reason }: Requirement, cited: ReadonlyMap<string, unknown>): RequirementCoverage {
  if (cited.has(id)) return { id, level, state: "cited" };
  return reason === undefined ? { id, level, state: "open" } : { id, level, state: "reason", reason };
}

function count(requirements: readonly RequirementCoverage[], level: Level): LevelCoverage {
  const own = requirements.filter((requirement) => requirement.level === level);
  const of = (state: CoverageState): number => own.filter((requirement) => requirement.state === state).length;
  return { cited: of("cited"), reason: of("reason"), open: of("open"), total: own.length };
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
