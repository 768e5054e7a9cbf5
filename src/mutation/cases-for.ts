/** Which cases are tried on a mutant, and in which order: those that are likely to kill it come first. */
import type { Catalog } from "../catalog/load.ts";
import { baseOf } from "../model/plan.ts";
import { isAbout } from "./citing.ts";
import type { Mutant } from "./mutant.ts";
import type { CaseProfile, Profile } from "./profile.ts";

/** What can be known about a case without running it. */
export interface CaseText {
  readonly requirements: readonly string[];
  /** Every name in what it says: fields, verbs, variables. */
  readonly words: ReadonlySet<string>;
}

/** By the id of a case; a cell of a matrix has what its case has. */
export function caseTexts(catalog: Catalog, profile: Profile): Map<string, CaseText> {
  const byBase = new Map(catalog.cases.map(({ baseId, plan }): [string, CaseText] => [baseId, { requirements: plan.requirements, words: wordsOf([plan.before, plan.given, plan.steps]) }]));
  return new Map(profile.cases.flatMap(({ id }) => {
    const text = byBase.get(id) ?? byBase.get(baseOf(id));
    return text === undefined ? [] : [[id, text]];
  }));
}

function wordsOf(value: unknown): Set<string> {
  const text = JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? String(item) : item));
  return new Set(text.match(/[A-Za-z_]\w*/g));
}

/** One over another costs more than any case takes. */
const aheadMs = { about: 10_000_000, named: 1_000_000, cited: 100_000 };

/**
 * The cases that may kill a mutant. First those about what it breaks; of these, those that name its field, those that cite
 * its RPC, and quick ones before slow ones.
 */
export function casesFor(mutant: Mutant, profile: Profile, texts: ReadonlyMap<string, CaseText>): string[] {
  const touched = profile.touched.get(mutant.id);
  const about = (id: string): boolean => texts.get(id)?.requirements.some((requirement) => isAbout(requirement, mutant)) === true;
  const cited = (id: string): boolean => texts.get(id)?.requirements.some((requirement) => requirement.replace(/-\d+$/, "") === mutant.rpc) === true;
  const fits = (item: CaseProfile): boolean => {
    // What runc is told shows where the cases about it look, and nowhere else.
    if (mutant.oci !== undefined) return about(item.id);
    if (mutant.field === undefined) return item.rpcs.includes(mutant.rpc);
    return touched?.has(item.id) === true || (mutant.rpc === "RunPodSandbox" && profile.sharing.has(item.id));
  };
  const path = mutant.field?.split(".").slice(-2).reverse() ?? [];
  // The field itself, then what holds it: `value` and `name` are everywhere.
  const unnamed = (id: string): number => path.reduce((sum, name, depth) => sum + (texts.get(id)?.words.has(name) === true ? 0 : 2 - depth), 0);
  const cost = ({ id, ms }: CaseProfile): number => (about(id) ? 0 : aheadMs.about) + aheadMs.named * unnamed(id) + (cited(id) ? 0 : aheadMs.cited) + ms;
  return profile.cases.filter(fits).map((item) => ({ id: item.id, cost: cost(item) })).sort((a, b) => a.cost - b.cost).map(({ id }) => id);
}
