/** What the suites cover of the contract, and what lint has to say of it. */
import type { Level } from "../model/verdict.ts";
import type { Catalog } from "./load.ts";
import type { Requirement } from "./requirements.ts";

export interface AreaCoverage {
  readonly area: string;
  readonly levels: Readonly<Record<Level, { readonly cited: number; readonly total: number }>>;
  readonly uncovered: readonly { readonly id: string; readonly level: Level; readonly reason?: string }[];
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
    const own = all.filter((requirement) => requirement.area === area);
    const count = (level: Level): { cited: number; total: number } => {
      const of = own.filter((requirement) => requirement.level === level);
      return { cited: of.filter((requirement) => cited.has(requirement.id)).length, total: of.length };
    };
    const uncovered = own.filter((requirement) => !cited.has(requirement.id)).map(({ id, level, uncovered: reason }) => ({ id, level, ...(reason === undefined ? {} : { reason }) }));
    return { area, levels: { MUST: count("MUST"), SHOULD: count("SHOULD"), MAY: count("MAY") }, uncovered };
  });
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
