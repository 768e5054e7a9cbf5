/** `interact`: an Exec or Attach session played by a script. */
import type { Message } from "../cri/message.ts";
import { runInteract } from "../cri/streaming/script.ts";
import { HarnessError } from "../model/errors.ts";
import { asRecord } from "./input.ts";
import { outcomeOfAnswer, worked } from "./outcome.ts";
import type { Worked } from "./outcome.ts";
import { scriptOf, transportOf } from "./script.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";
import { transportResult } from "./transport-result.ts";

/** How long a session may take unless said. */
export const sessionMs = 30_000;

/** What to say when the RPC gave no URL to connect to. */
export function withoutUrl(answer: Parameters<typeof outcomeOfAnswer>[0], result: Message): Worked {
  const { code, details, fromRuntime } = outcomeOfAnswer(answer);
  return { code, details, fromRuntime, answers: [answer], result };
}

async function play(input: Message, context: StepContext): Promise<Worked> {
  const rpc = "Exec" in input ? "Exec" : "Attach";
  const request = asRecord(input[rpc]) ?? {};
  const answer = await context.client.call(rpc, request, { signal: context.signal });
  const url = answer.responses[0]?.["url"];
  if (answer.code !== "OK" || typeof url !== "string") {
    return withoutUrl(answer, { stdout: new Uint8Array(), stderr: new Uint8Array(), phase: "rpc", protocol: "" });
  }
  const transport = transportOf(input);
  const wants = (key: string): boolean => request[key] === true;
  const options = {
    url,
    ...(transport === undefined ? {} : { transport }),
    stdin: wants("stdin"),
    stdout: wants("stdout"),
    stderr: wants("stderr"),
    tty: wants("tty"),
    signal: context.signal,
    deadlineMs: context.deadlineMs ?? sessionMs,
  };
  const script = scriptOf(input["script"], (steps) => context.runSteps(steps));
  const result = await runInteract(options, script);
  return { code: result.code, details: result.error ?? "", answers: [answer], result };
}

async function run(input: Message, context: StepContext): Promise<StepOutcome> {
  if ("Exec" in input === "Attach" in input) {
    throw new HarnessError("SUITE_INVALID", "interact wants one of Exec and Attach", { hint: "Write the request under its RPC's name." });
  }
  return worked("interact", input, context, async () => play(input, context));
}

export const interact: Verb = {
  schema: {
    name: "interact",
    about: "Opens an Exec or Attach session and plays a script in it.",
    input: {
      Exec: { type: "map<string, dyn>", about: "the request", message: "ExecRequest" },
      Attach: { type: "map<string, dyn>", about: "the request", message: "AttachRequest" },
      transport: { type: "string", about: "else what the server takes", values: ["spdy", "websocket"] },
      script: { type: "list<dyn>", about: "send, await, resize, closeSend, awaitEnd, close, steps" },
    },
    oneOf: ["Exec", "Attach"],
    result: {
      stdout: { type: "bytes", about: "all that came" },
      stderr: { type: "bytes", about: "all that came" },
      exit_code: { type: "int", about: "absent if none came" },
      ...transportResult,
      status: { type: "string", about: "text of the error channel" },
    },
    rpcs: [],
    needs: ["streaming"],
    demandsAlone: false,
  },
  run,
};
