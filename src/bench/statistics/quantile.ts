/**
 * The p-quantile of ascending values by linear interpolation between order statistics (Hyndman and Fan's type 7,
 * the default of R and NumPy). NaN for no values.
 */
export function quantile(ascending: ArrayLike<number>, p: number): number {
  const last = ascending.length - 1;
  if (last < 0) return Number.NaN;
  const rank = Math.min(Math.max(p, 0), 1) * last;
  const below = Math.floor(rank);
  const low = ascending[below] ?? Number.NaN;
  const high = ascending[Math.min(below + 1, last)] ?? low;
  return low + (high - low) * (rank - below);
}

/** A copy in ascending order. */
export function ascending(values: Iterable<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/** The median of values in any order. */
export function median(values: Iterable<number>): number {
  return quantile(ascending(values), 0.5);
}
