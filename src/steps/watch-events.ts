/** `watchEvents`: a subscriber to GetContainerEvents, read live by later steps. */
import type { Answer, OpenStream } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import { HarnessError } from "../model/errors.ts";
import { flag, optionalInt } from "./input.ts";
import { endedBy, worked } from "./outcome.ts";
import type { Worked } from "./outcome.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";
import { pause } from "./wait.ts";

const dayMs = 86_400_000;
const readyMs = 30_000;

/** The live result: each read sees what has come so far. */
function liveResult(stream: OpenStream, ending: { answer?: Answer }): object {
  return {
    get events() {
      return stream.responses;
    },
    get ended() {
      return ending.answer !== undefined;
    },
    get error() {
      const answer = ending.answer;
      return answer === undefined || answer.code === "OK" ? undefined : { code: answer.code, message: answer.details };
    },
  };
}

/**
 * Calls that must be answered before a subscription counts as open. Servers send no headers before the first event and
 * subscribe in a task of their own, so one answer is not enough when the machine is busy.
 */
const settlingCalls = 20;
/** Between them: a busy runtime queues the subscription itself. */
const settlingMs = 20;

/** Taken as open once calls sent after it are answered. */
async function untilOpen(stream: OpenStream, context: StepContext): Promise<Answer | undefined> {
  for (let call = 0; call < settlingCalls; call += 1) {
    const version = context.client.call("Version", {}, { deadlineMs: context.deadlineMs ?? readyMs, signal: context.signal });
    const first = await Promise.race([stream.ended.then((answer) => ({ ended: answer })), version.then((answer) => ({ answered: answer }))]);
    if ("ended" in first) {
      await version;
      return first.ended;
    }
    if (first.answered.code !== "OK") {
      throw new HarnessError("HARNESS_FAULT", `Version after GetContainerEvents answered ${first.answered.code}: ${first.answered.details}`, { hint: "Check that the runtime is alive." });
    }
    await pause(settlingMs, context.signal);
  }
  return undefined;
}

async function subscribe(input: Message, context: StepContext): Promise<Worked> {
  const seconds = optionalInt(input, "leave_after");
  const stream = context.client.open("GetContainerEvents", {}, { deadlineMs: seconds === undefined ? dayMs : seconds * 1000, signal: context.signal });
  const ending: { answer?: Answer } = {};
  const ended = stream.ended.then((answer) => {
    ending.answer = answer;
  });
  context.undo("event subscription", async () => {
    stream.cancel();
    await ended;
  });
  if (!flag(input, "read", true)) {
    stream.pause();
  }
  const early = await untilOpen(stream, context);
  if (early !== undefined && (early.code !== "OK" || early.garbage !== undefined)) {
    return endedBy(early);
  }
  return { result: liveResult(stream, ending), stream };
}

async function run(input: Message, context: StepContext): Promise<StepOutcome> {
  return worked("watchEvents", input, context, async () => subscribe(input, context));
}

export const watchEvents: Verb = {
  schema: {
    name: "watchEvents",
    about: "Subscribes to the runtime's container events until the case ends.",
    input: { read: { type: "bool", about: "false: a subscriber that reads nothing" }, leave_after: { type: "int", about: "seconds until it leaves of itself; else at the end of the case" } },
    result: {
      events: { type: "list<ContainerEventResponse>", about: "what has come so far" },
      ended: { type: "bool", about: "whether the stream is over" },
      error: { type: "map<string, dyn>", about: "code and message, once it ended with one" },
    },
    rpcs: ["GetContainerEvents"],
    needs: [],
    demandsAlone: false,
  },
  run,
};
