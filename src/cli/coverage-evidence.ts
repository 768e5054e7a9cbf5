/** Which requirements the results of runs and of mutation speak of. */

/** Those that a check held or broke; none for a run on the embedded runtime, which is not real. Undefined where this is no results.json. */
export function judgedIn(document: unknown): string[] | undefined {
  const run = partOf(document, "run");
  const requirements = partOf(document, "requirements");
  if (run === undefined || !Array.isArray(requirements)) return undefined;
  if (partOf(partOf(run, "host"), "embedded") === true) return [];
  return requirements.flatMap((item: unknown) => {
    const [held, broken] = [partOf(item, "held"), partOf(item, "broken")];
    return typeof held === "number" && typeof broken === "number" && held + broken > 0 ? [String(partOf(item, "id"))] : [];
  });
}

/** Those of the checks that killed a mutant. Undefined where this is no result of mutation. */
export function killedIn(document: unknown): string[] | undefined {
  const mutants = partOf(document, "mutants");
  if (!Array.isArray(mutants)) return undefined;
  return mutants.flatMap((item: unknown) => {
    const covers = partOf(item, "covers");
    return Array.isArray(covers) ? covers.map(String) : [];
  });
}

function partOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined;
}
