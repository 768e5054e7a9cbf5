/** p-values adjusted for a family of comparisons (Holm's step-down), in the order given. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((left, right) => left.p - right.p);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let highest = 0;
  order.forEach(({ p, index }, position) => {
    highest = Math.max(highest, Math.min(1, p * (pValues.length - position)));
    adjusted[index] = highest;
  });
  return adjusted;
}
