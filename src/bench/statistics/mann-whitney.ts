import { normalUpperTail } from "./normal.ts";

export interface MannWhitney {
  /** Pairs in which the value of `a` is larger, ties as one half. */
  readonly u: number;
  /** Two-sided. */
  readonly p: number;
  readonly exact: boolean;
}

const exactUpTo = 20;

/**
 * The Mann-Whitney U test of two independent samples: exact for small ones without ties, else the normal
 * approximation with corrections for ties and continuity.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): MannWhitney {
  if (a.length === 0 || b.length === 0) return { u: 0, p: 1, exact: false };
  const { rankSum, tieTerm } = rankSumOf(a, b);
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  const exact = tieTerm === 0 && a.length <= exactUpTo && b.length <= exactUpTo;
  return { u, p: exact ? exactP(u, a.length, b.length) : normalP(u, a.length, b.length, tieTerm), exact };
}

function rankSumOf(a: readonly number[], b: readonly number[]): { rankSum: number; tieTerm: number } {
  const all = [...a.map((value) => ({ value, first: true })), ...b.map((value) => ({ value, first: false }))];
  all.sort((left, right) => left.value - right.value);
  let [rankSum, tieTerm, begin] = [0, 0, 0];
  while (begin < all.length) {
    let end = begin + 1;
    while (end < all.length && all[end]?.value === all[begin]?.value) end += 1;
    const tied = end - begin;
    const rank = (begin + 1 + end) / 2;
    rankSum += rank * all.slice(begin, end).filter((entry) => entry.first).length;
    tieTerm += tied ** 3 - tied;
    begin = end;
  }
  return { rankSum, tieTerm };
}

function normalP(u: number, m: number, n: number, tieTerm: number): number {
  const total = m + n;
  const variance = ((m * n) / 12) * (total + 1 - tieTerm / (total * (total - 1)));
  if (variance <= 0) return 1;
  const distance = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5);
  return Math.min(1, 2 * normalUpperTail(distance / Math.sqrt(variance)));
}

/** Counts, for each u, the orders of m and n values that have it; p is twice the smaller tail. */
function exactP(u: number, m: number, n: number): number {
  const counts = orderCounts(m, n);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const extreme = Math.min(u, m * n - u);
  const tail = counts.slice(0, Math.round(extreme) + 1).reduce((sum, count) => sum + count, 0);
  return Math.min(1, (2 * tail) / total);
}

/** The coefficients of the Gaussian binomial (m+n over m). */
function orderCounts(m: number, n: number): number[] {
  let counts = [1];
  for (let step = 1; step <= m; step += 1) counts = divide(multiply(counts, n + step), step);
  return counts;
}

/** Times (1 - q^power). */
function multiply(counts: readonly number[], power: number): number[] {
  return Array.from({ length: counts.length + power }, (_, index) => (counts[index] ?? 0) - (counts[index - power] ?? 0));
}

/** By (1 - q^power), which divides without a rest here. */
function divide(counts: readonly number[], power: number): number[] {
  const quotient: number[] = [];
  for (let index = 0; index < counts.length - power; index += 1) quotient.push((counts[index] ?? 0) + (quotient[index - power] ?? 0));
  return quotient;
}
