/** What a registry can do wrong on purpose. */
import { HarnessError } from "../model/errors.ts";

const faultKinds = [
  "corrupt-layer", "truncated-layer", "wrong-manifest-digest", "missing-manifest", "huge-manifest", "http-500", "stall", "unauthorized",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** How often it strikes; always unless said. */
  readonly times?: number;
  /** Which layer, lowest is 0; the last unless said. */
  readonly layer?: number;
}

/** Reads `stall` or `{ kind, times, layer }`. */
export function parseFault(value: unknown): Fault {
  const written: Record<string, unknown> = typeof value === "object" && value !== null ? { ...value } : { kind: value };
  const kind = faultKinds.find((known) => known === written["kind"]);
  if (kind === undefined) {
    throw new HarnessError("USAGE", `no registry fault '${String(written["kind"])}'`, { hint: `Use one of ${faultKinds.join(", ")}.` });
  }
  const times = written["times"];
  const layer = written["layer"];
  return { kind, ...(times === undefined ? {} : { times: Number(times) }), ...(layer === undefined ? {} : { layer: Number(layer) }) };
}

/** Counts the strikes of one fault. */
export class FaultTrigger {
  readonly fault: Fault | undefined;
  #left: number;

  constructor(fault: Fault | undefined) {
    this.fault = fault;
    this.#left = fault?.times ?? Number.POSITIVE_INFINITY;
  }

  /** True, and one strike less, if the fault is of that kind and not used up. */
  strikes(kind: FaultKind): boolean {
    if (this.fault?.kind !== kind || this.#left <= 0) return false;
    this.#left -= 1;
    return true;
  }
}
