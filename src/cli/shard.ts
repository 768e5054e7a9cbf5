import type { Plan } from "../model/plan.ts";

/** Every count-th case, so that slow suites spread over the shards. Invariants are judged in each, over what it saw. */
export function shardPlan(plan: Plan, shard: { readonly index: number; readonly count: number }): Plan {
  return { ...plan, cases: plan.cases.filter((_item, index) => index % shard.count === shard.index - 1) };
}
