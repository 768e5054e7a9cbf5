import { grpcCodes, type GrpcCode } from "../model/grpc-code.ts";

/** A refusal of this runtime, on its way to becoming a gRPC status. */
export class CallError extends Error {
  readonly status: GrpcCode;

  constructor(status: GrpcCode, message: string) {
    super(message);
    this.name = "CallError";
    this.status = status;
  }

  /** The number that goes over the wire. */
  get code(): number {
    return grpcCodes.indexOf(this.status);
  }
}

/** Refuses the call. */
export function refuse(status: GrpcCode, message: string): never {
  throw new CallError(status, message);
}

/** Refuses an empty id: empty means neither "all" nor "already gone" (GEN-20). */
export function requireId(id: string, field: string): string {
  return id === "" ? refuse("INVALID_ARGUMENT", `${field} must not be empty`) : id;
}
