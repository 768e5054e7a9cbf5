/**
 * The event log of a run: one JSON object a line in `events.ndjson`, append-only, complete enough to judge
 * every case again without the runtime. Reporters know nothing else.
 */
import type { GrpcCode } from "./grpc-code.ts";
import type { CaseResult, CheckResult } from "./verdict.ts";

export interface RunInfo {
  readonly runId: string;
  readonly criteriaVersion: string;
  readonly contract: string;
  readonly argv: readonly string[];
  readonly endpoint: string;
  readonly imageEndpoint: string;
  readonly api: string;
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  readonly profile: string;
  readonly handler: string;
  readonly host: Readonly<Record<string, unknown>>;
}

/** Bytes, or characters of a line: the log packs what is longer. Floods of output would make a log that nobody can open. */
export const longestPlain = 32 * 1024;

/** Bytes in base64; more than `longestPlain` as they are. */
export type Evidence = string | Uint8Array;

/** One call on the wire. Times: `startedMs` and `elapsedMs` are monotonic since the run began; `wallMs` is epoch milliseconds. */
export interface CallRecord {
  readonly seq: number;
  readonly case: string;
  readonly rpc: string;
  /** The protobuf bytes, secrets blanked. */
  readonly requestBytes: Evidence;
  readonly responseBytes: readonly Evidence[];
  readonly code: GrpcCode;
  readonly details: string;
  /** True when the status came from the runtime, false when the client made it (deadline, lost connection). */
  readonly fromRuntime: boolean;
  readonly startedMs: number;
  readonly elapsedMs: number;
  readonly wallMs: number;
  readonly deadlineMs: number;
}

export type RunEvent =
  | { readonly type: "run-started"; readonly at: number; readonly run: RunInfo; readonly total: number }
  | { readonly type: "case-started"; readonly at: number; readonly id: string }
  | ({ readonly type: "call"; readonly at: number } & CallRecord)
  | { readonly type: "observation"; readonly at: number; readonly case: string; readonly verb: string; readonly step: string; readonly input: unknown; readonly result: unknown; readonly elapsedMs: number }
  | { readonly type: "binding"; readonly at: number; readonly case: string; readonly name: string; readonly value: unknown }
  | { readonly type: "check"; readonly at: number; readonly case: string; readonly check: CheckResult }
  | { readonly type: "undo"; readonly at: number; readonly case: string; readonly label: string; readonly ok: boolean; readonly message?: string }
  | { readonly type: "stall"; readonly at: number; readonly durationMs: number }
  | { readonly type: "case-ended"; readonly at: number; readonly result: CaseResult }
  | { readonly type: "run-ended"; readonly at: number; readonly exitCode: number; readonly interrupted: boolean; readonly counts: Readonly<Record<string, number>>; readonly harness: HarnessCost };

/** What the run cost the process of criteria, from its start; an embedded runtime is in it. */
export interface HarnessCost {
  /** User and system time in milliseconds. */
  readonly cpuMs: number;
  readonly maxRssBytes: number;
}

/** Receives events in order. Must not throw. */
export type Emit = (event: RunEvent) => void;
