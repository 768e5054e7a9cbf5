/** Making outcomes from answers and from work without a call. */
import { performance } from "node:perf_hooks";
import type { Answer } from "../cri/client.ts";
import type { StepContext, StepOutcome } from "./step.ts";

/** RPCs that answer with a stream of messages. */
const streamRpcs = /^(Stream|GetContainerEvents$)/;

/** The outcome of a wire call. */
export function outcomeOfAnswer(answer: Answer): StepOutcome {
  const stream = streamRpcs.test(answer.rpc);
  const first = answer.responses[0];
  return {
    verb: answer.rpc,
    code: answer.code,
    details: answer.details,
    fromRuntime: answer.fromRuntime,
    ...(answer.garbage === undefined ? {} : { garbage: answer.garbage }),
    ...(answer.wireFault === undefined ? {} : { wireFault: answer.wireFault }),
    ...(!stream && answer.code === "OK" && first !== undefined ? { response: first } : {}),
    ...(stream ? { responses: answer.responses } : {}),
    answers: [answer],
    startedMs: answer.startedMs,
    elapsedMs: answer.elapsedMs,
    startedNs: answer.startedNs,
    endedNs: answer.endedNs,
    deadlineMs: answer.deadlineMs,
  };
}

/** The outcome of a verb that stands on one call: the call's, with a result beside it. */
export function withResult(verb: string, answer: Answer, result: unknown): StepOutcome {
  return { ...outcomeOfAnswer(answer), verb, result };
}

/** Nanoseconds since the epoch, as fine as the clock gives them. */
export function epochNs(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}

/** What the work of a verb gave; what is absent reads as success without a call. */
export type Worked = Partial<Pick<StepOutcome, "result" | "stream" | "code" | "details" | "fromRuntime" | "garbage" | "wireFault" | "deadlineMs" | "answers">>;

/** The work of a verb that a call brought to its end: the outcome is the call's. */
export function endedBy(answer: Answer): Worked {
  const { code, details, fromRuntime, garbage, wireFault, deadlineMs, answers } = outcomeOfAnswer(answer);
  return {
    code, details, fromRuntime, answers,
    ...(garbage === undefined ? {} : { garbage }),
    ...(wireFault === undefined ? {} : { wireFault }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
}

/** Does the work of a verb, takes the time around it, and records it as an observation. */
export async function worked(verb: string, input: unknown, context: StepContext, work: () => Promise<Worked>): Promise<StepOutcome> {
  const startedNs = epochNs();
  const startedMs = performance.now();
  const done = await work();
  const elapsedMs = performance.now() - startedMs;
  context.observe(verb, input, done.result, elapsedMs);
  return {
    verb,
    code: "OK",
    details: "",
    fromRuntime: true,
    answers: [],
    ...done,
    startedMs,
    elapsedMs,
    startedNs,
    endedNs: epochNs(),
  };
}
