import type { GrpcCode } from "../model/grpc-code.ts";
import type { ApiVersion, Message } from "./message.ts";

export interface CallOptions {
  /** Milliseconds; absent: as the kubelet's (GEN-C6, T = 2 min). */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Bytes; absent: 16 MiB. */
  readonly receiveLimitBytes?: number;
  /** Called for each message of the answer as it comes. */
  readonly onResponse?: (response: Message) => void;
}

/** One finished call. A gRPC status is data here, never an exception. */
export interface Answer {
  readonly rpc: string;
  readonly request: Message;
  readonly requestBytes: Uint8Array;
  /** One for a unary call that succeeded; all that arrived for a stream. */
  readonly responses: readonly Message[];
  readonly responseBytes: readonly Uint8Array[];
  readonly code: GrpcCode;
  readonly details: string;
  /** False when the client made the status itself: deadline, cancel, lost connection, undecodable answer. */
  readonly fromRuntime: boolean;
  /** `performance.now()` milliseconds taken around the call alone. */
  readonly startedMs: number;
  readonly elapsedMs: number;
  /** Epoch nanoseconds. */
  readonly startedNs: bigint;
  readonly endedNs: bigint;
  readonly deadlineMs: number;
  /** Set when the runtime broke off: it dropped the connection, reset the stream, or sent what cannot be received. */
  readonly wireFault?: string;
  /** Set when the answer could not be decoded: the runtime sent garbage. */
  readonly garbage?: string;
}

/** A server stream that is read as it comes (GetContainerEvents). */
export interface OpenStream {
  readonly responses: readonly Message[];
  /** Set once a message came that could not be decoded; it is not among the responses. */
  readonly garbage: string | undefined;
  /** Resolves when the stream is over. */
  readonly ended: Promise<Answer>;
  /** Stops reading, to be a subscriber that no longer listens. */
  pause(): void;
  cancel(): void;
}

export interface CriClient {
  readonly api: ApiVersion;
  /** Unary and stream-list RPCs by their proto name, on the service that owns them. Throws HarnessError only for unknown names or values that do not fit the proto. */
  call(rpc: string, request: Message, options?: CallOptions): Promise<Answer>;
  open(rpc: string, request: Message, options?: CallOptions): OpenStream;
  /** Any method path with raw bytes, on the runtime endpoint. */
  rawCall(method: string, message: Uint8Array, options?: CallOptions): Promise<Answer & { readonly raw?: Uint8Array }>;
  close(): void;
}
