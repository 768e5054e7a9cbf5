import { quantile } from "./quantile.ts";

/** The Hodges-Lehmann shift from a to b: the median of all differences. Positive when b is larger. */
export function hodgesLehmann(a: readonly number[], b: readonly number[]): number {
  const shifts = new Float64Array(a.length * b.length);
  a.forEach((left, i) => b.forEach((right, j) => { shifts[i * b.length + j] = right - left; }));
  return quantile(shifts.sort(), 0.5);
}

/** Cliff's delta of b over a: how much more often b is larger than smaller, from -1 to 1. */
export function cliffsDelta(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  let balance = 0;
  for (const left of a) for (const right of b) balance += Math.sign(right - left);
  return balance / (a.length * b.length);
}
