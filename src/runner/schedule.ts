import pLimit from "p-limit";

export interface Job<Result> {
  readonly alone: boolean;
  readonly run: () => Promise<Result>;
}

/**
 * Starts every job ahead in a pool and gives a promise for each, in the order asked. Jobs that must be alone start
 * after the pool has drained, one by one: nothing else is under way while they run.
 */
export function schedule<Result>(jobs: readonly Job<Result>[], width: number): Promise<Result>[] {
  const pool = pLimit(width);
  const single = pLimit(1);
  const beside = jobs.filter((job) => !job.alone).map((job) => [job, pool(job.run)] as const);
  const drained = Promise.allSettled(beside.map(([, promise]) => promise));
  const promises = new Map(beside);
  for (const job of jobs) {
    if (job.alone) promises.set(job, single(async () => { await drained; return job.run(); }));
  }
  return jobs.flatMap((job) => promises.get(job) ?? []);
}
