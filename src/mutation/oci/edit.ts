/** A change of what runc is asked for; fixtures/programs/runc-mutant carries it out. */
export interface OciEdit {
  /** A container's unless said. */
  readonly of?: "container" | "sandbox" | "exec";
  readonly path: readonly string[];
  readonly op: "set" | "remove" | "add" | "drop" | "merge";
  readonly value?: unknown;
  /** Picks the items of a list that are dropped or merged: all of these fields are equal. */
  readonly where?: Readonly<Record<string, unknown>>;
}
