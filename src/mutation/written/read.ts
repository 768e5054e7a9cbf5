/** Mutants and allowed variations that were written by hand: suites/mutants/broken and suites/mutants/allowed. */
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Problems } from "../../catalog/problems.ts";
import { type Fields, isFields, readSource } from "../../catalog/source.ts";
import type { Mutator } from "../../reference-runtime/mutators/mutator.ts";
import type { Mutant } from "../mutant.ts";
import { mutatorsOf } from "./fault.ts";
import { type FaultSpec, readFault } from "./spec.ts";

/** A runtime that differs in what the contract leaves open. */
export interface Variation {
  readonly id: string;
  /** What kind of difference it is: the name of its file. */
  readonly kind: string;
  readonly about: string;
  /** Why it is allowed. */
  readonly because: string;
  /** The Kubernetes minor for which it is allowed; the newest unless said. */
  readonly contract?: string;
  readonly rpcs: readonly string[];
  /** Fresh faults. */
  readonly make: () => readonly Mutator[];
}

const suites = fileURLToPath(new URL("../../../suites/", import.meta.url));

interface Entry {
  /** The file that it stands in, without its ending. */
  readonly kind: string;
  readonly fields: Fields;
  readonly id: string;
  readonly about: string;
  readonly faults: readonly FaultSpec[];
}

/** Throws SuiteError for a file that is wrong. */
export function writtenMutants(dir: string = suites): Mutant[] {
  return entriesIn(join(dir, "mutants/broken"), "mutants", "breaks").map(({ fields, id, about, faults }): Mutant => {
    const breaks = (Array.isArray(fields["breaks"]) ? fields["breaks"] : [fields["breaks"]]).map(String);
    return { id: `hand.${id}`, operator: "hand", rpc: faults[0]?.rpcs[0] ?? "", breaks, about, make: (touched) => faults.flatMap((fault) => mutatorsOf(fault, touched)) };
  });
}

/** Throws SuiteError for a file that is wrong. */
export function writtenVariations(dir: string = suites): Variation[] {
  return entriesIn(join(dir, "mutants/allowed"), "variations", "because").map(({ fields, kind, id, about, faults }): Variation => ({
    id, kind, about, because: String(fields["because"]), ...(fields["contract"] === undefined ? {} : { contract: String(fields["contract"]) }),
    rpcs: [...new Set(faults.flatMap((fault) => fault.rpcs))], make: () => faults.flatMap((fault) => mutatorsOf(fault, () => undefined)),
  }));
}

/** A runtime that differs in all of these ways at once; they are judged by the same contract. */
export function together(variations: readonly Variation[]): Variation {
  const [first, ...others] = variations;
  if (first === undefined) throw new RangeError("no variation");
  if (others.length === 0) return first;
  return { ...first, id: togetherId(variations), about: variations.map(({ about }) => about).join(" "), rpcs: [...new Set(variations.flatMap(({ rpcs }) => rpcs))], make: () => variations.flatMap((variation) => variation.make()) };
}

/** The name of what `together` makes. */
export function togetherId(variations: readonly Variation[]): string {
  return variations.map(({ id }) => id).join("+");
}

/** The ids that `togetherId` put together; of a single variation its own. */
export function idsOf(id: string): string[] {
  return id.split("+");
}

function entriesIn(folder: string, root: string, reason: string): Entry[] {
  if (!existsSync(folder)) return [];
  const problems = new Problems();
  const seen = new Set<string>();
  const found = readdirSync(folder).filter((file) => file.endsWith(".yaml")).sort().flatMap((file) => {
    const source = readSource(join(folder, file), file, problems);
    const list: unknown = isFields(source.value) ? source.value[root] : undefined;
    if (!Array.isArray(list)) problems.add(source.at([]), `'${root}' is a list`);
    const items: unknown[] = Array.isArray(list) ? list : [];
    return items.map((item, index): Entry => {
      const fields = isFields(item) ? item : {};
      const path = [root, index];
      for (const key of ["id", "about", reason, "faults"]) if (fields[key] === undefined) problems.add(source.at(path), `'${key}' is missing`);
      const id = String(fields["id"]);
      if (seen.has(id)) problems.add(source.at(path), `there is another '${id}'`);
      seen.add(id);
      const faults: unknown[] = Array.isArray(fields["faults"]) ? fields["faults"] : [];
      return { kind: basename(file, ".yaml"), fields, id, about: String(fields["about"]), faults: faults.map((fault, at) => readFault(fault, { source, problems, path: [...path, "faults", at] })) };
    });
  });
  problems.throwIfAny();
  return found;
}
