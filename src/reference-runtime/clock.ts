import { randomBytes } from "node:crypto";

let last = 0n;
const origin = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/** Epoch nanoseconds, strictly increasing: two objects are never equally old. */
export function nowNs(): bigint {
  const now = origin + process.hrtime.bigint();
  last = now > last ? now : last + 1n;
  return last;
}

/** RFC 3339 in UTC with nine fractional digits. */
export function rfc3339Nano(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, "0")}Z`;
}

/** An id in the form that runtimes use: 64 hexadecimal digits. */
export function newId(): string {
  return randomBytes(32).toString("hex");
}
