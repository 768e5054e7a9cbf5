import { isFields } from "./source.ts";
import type { Fields } from "./source.ts";

/** Puts values of written axes into `${matrix.a.b}` alone; anything else stays. */
export function settle(matrix: Fields, value: unknown): unknown {
  const match = typeof value === "string" ? /^\$\{\s*matrix((?:\.[A-Za-z0-9_]+)+)\s*\}$/.exec(value) : null;
  if (match === null) return Array.isArray(value) ? value.map((item) => settle(matrix, item)) : value;
  return (match[1] ?? "").slice(1).split(".").reduce<unknown>((at, key) => (isFields(at) ? at[key] : undefined), matrix);
}

