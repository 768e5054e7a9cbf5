import type { OciEdit } from "./oci/edit.ts";
import type { Mutator } from "../reference-runtime/mutators/mutator.ts";

/** A way of being wrong: made by an operator from the proto, or written by hand beside the requirements. */
export interface Mutant {
  /** `response.ContainerStatus.status.exit_code.wrong`. */
  readonly id: string;
  readonly operator: "response" | "request" | "rpc" | "stream" | "filter" | "hand" | "hostile" | "oci" | "cni";
  /** The RPC that it breaks. */
  readonly rpc: string;
  /** The field's path in its message, for mutants of fields. */
  readonly field?: string;
  /** The requirements that it breaks, where somebody wrote them down, `CAP-*` for all of an area; else they are those of the RPC. */
  readonly breaks?: readonly string[];
  readonly about: string;
  /** What runc is told otherwise; only a real runtime with our runc can carry it. */
  readonly oci?: readonly OciEdit[];
  /** Fresh faults; `touched` is told each time that one changes something. */
  readonly make: (touched: () => void) => readonly Mutator[];
}

/** Whether a requirement is one that the mutant says it breaks; undefined when it says none. */
export function breaksRule({ breaks }: Pick<Mutant, "breaks">, requirement: string): boolean | undefined {
  return breaks?.some((rule) => (rule.endsWith("*") ? requirement.startsWith(rule.slice(0, -1)) : rule === requirement));
}
