/**
 * Messages as the harness sees them: plain objects with the proto's own field names. int32…uint64 are bigint,
 * bytes are Uint8Array, enums are names (a number the proto lacks stays bigint), an absent message has no key,
 * scalars, lists and maps are always there.
 */
export type Message = { [field: string]: unknown };

export type ApiVersion = "v1" | "v1alpha2";
