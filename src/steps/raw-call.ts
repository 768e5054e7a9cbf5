/** `rawCall`: any method path with any bytes. */
import type { Message } from "../cri/message.ts";
import { HarnessError } from "../model/errors.ts";
import { stringOf } from "./input.ts";
import { withResult } from "./outcome.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";

async function run(input: Message, context: StepContext): Promise<StepOutcome> {
  const given = input["message"] ?? "";
  const bytes = typeof given === "string" ? new TextEncoder().encode(given) : given;
  if (!(bytes instanceof Uint8Array)) {
    throw new HarnessError("SUITE_INVALID", "message wants bytes", { hint: "Write \"${b'\\xff'}\"." });
  }
  const answer = await context.client.rawCall(stringOf(input, "method"), bytes, {
    signal: context.signal,
    ...(context.deadlineMs === undefined ? {} : { deadlineMs: context.deadlineMs }),
  });
  return withResult("rawCall", answer, answer.raw ?? new Uint8Array());
}

export const rawCall: Verb = {
  schema: {
    name: "rawCall",
    about: "Sends bytes to a method path, as they are.",
    input: {
      method: { type: "string", about: "path, /package.Service/Method", required: true },
      message: { type: "bytes", about: "the request; empty unless said" },
    },
    result: { "": { type: "bytes", about: "the answer as it came" } },
    rpcs: [],
    needs: [],
    demandsAlone: false,
  },
  run,
};
