/** The chance that a standard normal value is above z, for z >= 0; good to about 1e-12. */
export function normalUpperTail(z: number): number {
  return z < 3 ? 0.5 - seriesArea(z) : continuedTail(z);
}

function density(z: number): number {
  return Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** The area between 0 and z: phi(z) (z + z^3/3 + z^5/15 + ...). */
function seriesArea(z: number): number {
  let [term, sum] = [z, z];
  for (let odd = 3; Math.abs(term) > 1e-17; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return density(z) * sum;
}

/** Laplace's continued fraction, from the inside out. */
function continuedTail(z: number): number {
  let fraction = z;
  for (let level = 80; level >= 1; level -= 1) fraction = z + level / fraction;
  return density(z) / fraction;
}
