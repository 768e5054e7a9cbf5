/** Evaluates CEL over plain objects. Pure: the same bindings give the same answer. */
import { CelError } from "./errors.ts";
import { guarded, programOf } from "./program.ts";
import type { Program } from "./program.ts";
import { isFields, toCel } from "./values.ts";

export type Bindings = Readonly<Record<string, unknown>>;

/** Enum and gRPC code names are constants that evaluate to their own name; the loader has checked that they exist. */
const constantName = /^[A-Z][A-Za-z0-9_]*$/;

/** The value of a CEL expression. Throws CelError with a message and a column. */
export function evaluate(source: string, bindings: Bindings): unknown {
  const program = programOf(source);
  return guarded(source, () => {
    const result: unknown = program.run(contextFor(program, bindings));
    return fromCel(result, source);
  });
}

function contextFor(program: Program, bindings: Bindings): Record<string, unknown> {
  const context: Record<string, unknown> = {};
  for (const name of program.names) {
    const value = bindings[name];
    if (value !== undefined) context[name] = toCel(value);
    else if (constantName.test(name) && !builtIn.has(name)) context[name] = name;
  }
  return context;
}

const builtIn = new Set(["KiB", "MiB", "GiB"]);

function fromCel(value: unknown, source: string): unknown {
  // An optional that reaches the outside was forgotten: `s.?user` without `.orValue(…)`.
  if (isFields(value) && "hasValue" in value) throw new CelError("the value is an optional: end with .orValue(…) or .hasValue()", source, 1);
  return value;
}
