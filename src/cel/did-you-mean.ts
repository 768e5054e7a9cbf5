/** ` Did you mean X?` for the candidate nearest to a mistyped name, or an empty string. */
export function didYouMean(wrong: string, candidates: Iterable<string>): string {
  const plain = squeeze(wrong);
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wrong.length / 3)) + 1;
  for (const candidate of candidates) {
    const other = squeeze(candidate);
    // A part of the whole name, such as NOTREADY of SANDBOX_NOTREADY, is near enough; so is a missing zero, SSM-2.
    const distance = other === plain ? 0 : other.endsWith(plain) && plain.length > 3 ? 1 : editDistance(plain, other);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === undefined ? "" : `. Did you mean ${best}?`;
}

function squeeze(name: string): string {
  return name.toLowerCase().replaceAll("_", "").replace(/-0*(?=\d)/, "-");
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
