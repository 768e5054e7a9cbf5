/** Judges a case by an older contract: what newer requirements ask for is left out, the rest stays. */
import type { PlanCase, PlanCheck, PlanInvariant, PlanStep } from "../model/plan.ts";
import type { Level } from "../model/verdict.ts";
import type { Requirement } from "./requirements.ts";
import { compareMinor } from "./requirements.ts";

type Requirements = ReadonlyMap<string, Requirement>;
type NotApplicable = { readonly verdict: "not-applicable"; readonly reason: string };

/** The case without its newer checks; not applicable when none is left. */
export function caseOfContract(item: PlanCase, contract: string, requirements: Requirements): PlanCase {
  const known = splitByAge(item.requirements, contract, requirements);
  if (known.newer.length === 0) return item;
  if (known.kept.length === 0) return { ...item, skip: notApplicable(known.newer, contract, requirements) };
  const levels = known.kept.flatMap((id) => requirements.get(id)?.level ?? []);
  return { ...item, steps: item.steps.map((step) => stepOf(step, contract, requirements)), requirements: known.kept, level: highest(levels) };
}

/** The same for an invariant. */
export function invariantOfContract(item: PlanInvariant, contract: string, requirements: Requirements): PlanInvariant {
  const { kept, newer } = splitByAge(item.covers, contract, requirements);
  if (newer.length === 0) return item;
  return kept.length === 0 ? { ...item, skip: notApplicable(newer, contract, requirements) } : { ...item, covers: kept };
}

function stepOf(step: PlanStep, contract: string, requirements: Requirements): PlanStep {
  const { verb } = step;
  const inside = (steps: readonly PlanStep[]): PlanStep[] => steps.map((inner) => stepOf(inner, contract, requirements));
  if (verb.kind === "group") return { ...step, verb: { ...verb, steps: inside(verb.steps) } };
  if (verb.kind === "parallel") return { ...step, verb: { ...verb, branches: verb.branches.map((branch) => ({ ...branch, steps: inside(branch.steps) })) } };
  const checks = step.checks.flatMap((check) => checkOf(check, contract, requirements));
  // The step becomes set-up; the older contract leaves its answer open.
  return { ...step, checks, ...(checks.length === 0 && step.checks.length > 0 ? { codes: ["any"] } : {}) };
}

function checkOf(check: PlanCheck, contract: string, requirements: Requirements): PlanCheck[] {
  const { kept, newer } = splitByAge(check.covers, contract, requirements);
  if (newer.length === 0) return [check];
  return kept.length === 0 ? [] : [{ ...check, covers: kept }];
}

function splitByAge(ids: readonly string[], contract: string, requirements: Requirements): { readonly kept: string[]; readonly newer: string[] } {
  const isNewer = (id: string): boolean => {
    const since = requirements.get(id)?.since;
    return since !== undefined && compareMinor(since, contract) > 0;
  };
  return { kept: ids.filter((id) => !isNewer(id)), newer: ids.filter(isNewer) };
}

function notApplicable(newer: readonly string[], contract: string, requirements: Requirements): NotApplicable {
  const [first = ""] = newer;
  return { verdict: "not-applicable", reason: `${first} is of ${requirements.get(first)?.since ?? "?"}, newer than the contract ${contract}` };
}

function highest(levels: readonly Level[]): Level {
  return levels.includes("MUST") ? "MUST" : levels.includes("SHOULD") ? "SHOULD" : "MAY";
}
