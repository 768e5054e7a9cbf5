/** gRPC's status codes by number, in the names that suites and reports use. */
export const grpcCodes = [
  "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
  "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
] as const;

export type GrpcCode = (typeof grpcCodes)[number];

/** The name of a numeric status; unknown numbers read UNKNOWN, as gRPC says. */
export function grpcCodeName(code: number): GrpcCode {
  return grpcCodes[code] ?? "UNKNOWN";
}
