/** Reading the rendered input of a harness verb. The loader has checked its shape; values may still be anything. */
import type { Message } from "../cri/message.ts";
import { HarnessError } from "../model/errors.ts";

const hint = "Look at the value that ${…} gave here.";

function wrong(what: string, wanted: string, value: unknown): HarnessError {
  return new HarnessError("SUITE_INVALID", `${what} wants ${wanted}, got ${typeof value}`, { hint });
}

/** A string that may be missing. */
export function optionalString(input: Message, key: string): string | undefined {
  const value = input[key];
  if (value === undefined || value === null) {
    return undefined;
  }
  if (typeof value !== "string") {
    throw wrong(key, "a string", value);
  }
  return value;
}

/** A string that must be there, or stand in the fixtures. */
export function stringOf(input: Message, key: string, otherwise?: string): string {
  const value = optionalString(input, key) ?? otherwise;
  if (value === undefined) {
    throw new HarnessError("SUITE_INVALID", `${key} is missing, and no fixture stands in for it`, { hint: `Say which ${key} is meant.` });
  }
  return value;
}

/** A list; absent reads empty. */
export function listOf(input: Message, key: string): readonly unknown[] {
  const value = input[key] ?? [];
  if (!Array.isArray(value)) {
    throw wrong(key, "a list", value);
  }
  return value;
}

/** An integer that may be missing. */
export function optionalInt(input: Message, key: string): number | undefined {
  const value = input[key];
  if (value === undefined || value === null) {
    return undefined;
  }
  if (typeof value !== "bigint" && typeof value !== "number") {
    throw wrong(key, "an integer", value);
  }
  return Number(value);
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** A duration such as `2s`, in milliseconds. A number is milliseconds already. */
export function optionalDurationMs(input: Message, key: string): number | undefined {
  const value = input[key];
  if (value === undefined || value === null) {
    return undefined;
  }
  if (typeof value === "number" || typeof value === "bigint") {
    return Number(value);
  }
  const parts = typeof value === "string" ? /^(\d+)(ms|s|m)$/.exec(value) : null;
  const unit = units[parts?.[2] ?? ""];
  if (parts === null || unit === undefined) {
    throw wrong(key, "a duration such as 2s", value);
  }
  return Number(parts[1]) * unit;
}

/** True for `true`; absent is what is said. */
export function flag(input: Message, key: string, otherwise = false): boolean {
  const value = input[key] ?? otherwise;
  if (typeof value !== "boolean") {
    throw wrong(key, "true or false", value);
  }
  return value;
}
