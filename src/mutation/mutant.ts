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
  /** The requirements that it breaks, where somebody wrote them down; else they are those of the RPC. */
  readonly breaks?: readonly string[];
  readonly about: string;
  /** Fresh faults; `touched` is told each time that one changes something. */
  readonly make: (touched: () => void) => readonly Mutator[];
}
