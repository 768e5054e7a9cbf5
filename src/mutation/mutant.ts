import type { Mutator } from "../reference-runtime/server.ts";

/** A way of being wrong that nobody chose: made by an operator from the proto. */
export interface Mutant {
  /** `response.ContainerStatus.status.exit_code.wrong`. */
  readonly id: string;
  readonly operator: "response" | "request" | "rpc" | "stream" | "filter";
  readonly rpc: string;
  /** The field's path in its message, for mutants of fields. */
  readonly field?: string;
  readonly about: string;
  /** A fresh fault; `touched` is told each time that it changes something. */
  readonly make: (touched: () => void) => Mutator;
}
