import pLimit from "p-limit";

export interface Job<Result> {
  readonly alone: boolean;
  /** Of those that are alone: they run beside each other, and beside nothing else. */
  readonly group?: string;
  readonly run: () => Promise<Result>;
}

/**
 * Starts every job ahead in a pool and gives a promise for each, in the order asked. Jobs that must be alone start
 * after the pool has drained, group by group: nothing else is under way while they run. A group is as wide as it is, unless
 * the pool has one place; `begin` is told before each.
 */
export function schedule<Result, Own extends Job<Result>>(jobs: readonly (Own & Job<Result>)[], width: number, begin: (group: readonly Own[]) => void = () => undefined): Promise<Result>[] {
  const pool = pLimit(width);
  const promises = new Map(jobs.filter((job) => !job.alone).map((job) => [job, pool(job.run)] as const));
  let before: Promise<unknown> = Promise.allSettled(promises.values());
  for (const group of groupsOf(jobs.filter((job) => job.alone), width)) {
    const turn = before.then(() => { begin(group); });
    for (const job of group) promises.set(job, turn.then(() => job.run()));
    before = Promise.allSettled(group.map((job) => promises.get(job)));
  }
  return jobs.flatMap((job) => promises.get(job) ?? []);
}

function groupsOf<Own extends Job<unknown>>(jobs: readonly Own[], width: number): Own[][] {
  const groups = new Map<string | Own, Own[]>();
  for (const job of jobs) {
    const key = width === 1 ? job : (job.group ?? job);
    groups.set(key, [...(groups.get(key) ?? []), job]);
  }
  return [...groups.values()];
}
