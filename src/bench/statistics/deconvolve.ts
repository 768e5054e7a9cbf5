import { ascending, quantile } from "./quantile.ts";

const grid = 200;
const rounds = 30;

/**
 * What something took, when the instrument added to it: quantiles of `measured` with the distribution of `added`
 * taken off, the two being independent. To subtract p99 from p99 would take off too much where both have tails, to
 * subtract the median too little where the tail is the instrument's own. Found by turns: what was assumed is put together
 * with `added` again, and corrected by how far that is from what was measured.
 */
export function deconvolve(measured: ArrayLike<number>, added: ArrayLike<number>): Float64Array {
  const [target, noise] = [gridOf(measured), gridOf(added)];
  const middle = quantile(noise, 0.5);
  let assumed = target.map((value) => value - middle);
  for (let round = 0; round < rounds; round += 1) {
    const together = gridOf(sums(assumed, noise));
    assumed = assumed.map((value, index) => value + ((target[index] ?? 0) - (together[index] ?? 0)) / 2).sort();
  }
  return assumed;
}

/** The middles of equal parts of the distribution. */
function gridOf(values: ArrayLike<number>): Float64Array {
  const sorted = ascending(Array.from(values));
  return Float64Array.from({ length: grid }, (_, index) => quantile(sorted, (index + 0.5) / grid));
}

function sums(left: Float64Array, right: Float64Array): Float64Array {
  const all = new Float64Array(left.length * right.length);
  left.forEach((a, i) => right.forEach((b, j) => { all[i * right.length + j] = a + b; }));
  return all;
}
