import type { Message } from "../../../cri/message.ts";
import { HarnessError } from "../../../model/errors.ts";
import type { GrpcCode } from "../../../model/grpc-code.ts";
import type { Iteration, Timing } from "../../iteration.ts";

/** How a measure is asked: the rendered mapping, and the iteration that it belongs to. */
export interface MeasureInput {
  readonly values: Message;
  readonly iteration: Iteration;
  readonly deadlineMs: number;
}

/** What was found. With `since` it overlaps the sample of an earlier call, from whose begin it counts. */
export type Finding = Timing | { readonly since: string; readonly endedMs: number; readonly code: GrpcCode };

/** Something timed that is more than one call. Without a finding a call could not be made: the run was ended, or the iteration has the problem. */
export type Measure = (input: MeasureInput) => Promise<Finding | undefined>;

/** A text of the mapping; a HarnessError when it is none. */
export function textIn(values: Message, key: string): string {
  const value = values[key];
  if (typeof value === "string" && value !== "") return value;
  throw new HarnessError("SUITE_INVALID", `a measure wants ${key}`, { hint: `Give ${key} as a text.` });
}

/** What ends with the run, and in any case. */
export function signalOf(iteration: Iteration): AbortSignal {
  return iteration.context.signal ?? new AbortController().signal;
}
