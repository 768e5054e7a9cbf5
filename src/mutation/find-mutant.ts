import { HarnessError } from "../model/errors.ts";
import { generateMutants } from "./generate.ts";
import { delayMutant } from "./hand-made.ts";
import { hostileMutants } from "./hostile.ts";
import type { Mutant } from "./mutant.ts";
import { ociMutants } from "./oci/operators.ts";
import { writtenMutants } from "./written/read.ts";

/** Every mutant that has an id of its own, in a stable order. */
export function allMutants(): Mutant[] {
  return [...generateMutants(), ...writtenMutants(), ...ociMutants(), ...hostileMutants()];
}

/** The mutant with this id. Throws USAGE when there is none. */
export function findMutant(id: string): Mutant {
  const found = delayMutant(id) ?? allMutants().find((mutant) => mutant.id === id);
  if (found !== undefined) return found;
  throw new HarnessError("USAGE", `there is no mutant '${id}'`, { hint: "`criteria mutation --list` prints all; `rpc.RPC.delay-20ms` is one for each RPC and time." });
}
