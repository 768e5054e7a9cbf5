/** Everything that is wrong with valid suites as a whole. */
import { conformanceDrift } from "./conformance.ts";
import { lint } from "./coverage.ts";
import type { Catalog } from "./load.ts";
import { parityComplaints } from "./parity.ts";

/** Requirements without a case or a reason, tables of parity that do not hold, and drift of the conformance list. */
export function lintCatalog(catalog: Catalog): string[] {
  return [...lint(catalog), ...parityComplaints(catalog), ...conformanceDrift(catalog)];
}
