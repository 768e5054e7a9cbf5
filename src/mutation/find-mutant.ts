import { HarnessError } from "../model/errors.ts";
import { generateMutants } from "./generate.ts";
import { delayMutant } from "./hand-made.ts";
import type { Mutant } from "./mutant.ts";

/** The mutant with this id. Throws USAGE when there is none. */
export function findMutant(id: string): Mutant {
  const found = delayMutant(id) ?? generateMutants().find((mutant) => mutant.id === id);
  if (found !== undefined) return found;
  throw new HarnessError("USAGE", `there is no mutant '${id}'`, { hint: "`criteria mutation --list` prints all; `rpc.RPC.delay-20ms` is one for each RPC and time." });
}
