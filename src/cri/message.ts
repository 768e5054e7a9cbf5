/**
 * Messages as the harness sees them: plain objects with the proto's own field names. int32…uint64 are bigint,
 * bytes are Uint8Array, enums are names (a number the proto lacks stays bigint), an absent message has no key,
 * scalars, lists and maps are always there.
 */
export type Message = { [field: string]: unknown };

export type ApiVersion = "v1" | "v1alpha2";

/** Whether a value is a mapping: no list, no bytes, no Map. */
export function isRecord(value: unknown): value is Message {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !(value instanceof Uint8Array) && !(value instanceof Map);
}

/** A mapping, itself and no copy; undefined for everything else. */
export function asRecord(value: unknown): Message | undefined {
  return isRecord(value) ? value : undefined;
}
