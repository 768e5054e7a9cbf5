/** `interact`: an Exec or Attach session played by a script. */
import { asRecord, type Message } from "../cri/message.ts";
import { runInteract } from "../cri/streaming/script.ts";
import { HarnessError } from "../model/errors.ts";
import { optionalString } from "./input.ts";
import { worked } from "./outcome.ts";
import type { Worked } from "./outcome.ts";
import { scriptOf, transportOf } from "./script.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";
import { askPlainly, connectionInput, placeOf, sessionMs } from "./stream-url.ts";
import { resultOf, transportResult } from "./transport-result.ts";

const nothing = { stdout: new Uint8Array(), stderr: new Uint8Array() };

async function play(input: Message, context: StepContext): Promise<Worked> {
  const rpc = "Exec" in input ? "Exec" : "Attach";
  const request = asRecord(input[rpc]) ?? {};
  const place = await placeOf(rpc, request, input, context, nothing);
  if ("refused" in place) {
    return place.refused;
  }
  const transport = transportOf(input);
  if (transport === "http") {
    return askPlainly(place, context, nothing);
  }
  const protocol = optionalString(input, "protocol");
  const method = optionalString(input, "method");
  const wants = (key: string): boolean => request[key] === true;
  const options = {
    url: place.url,
    ...(protocol === undefined ? {} : { protocol }),
    ...(method === "GET" || method === "POST" ? { method: method === "GET" ? ("GET" as const) : ("POST" as const) } : {}),
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
  return { code: result.code, details: result.error ?? "", answers: place.answers, result: resultOf(result) };
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
      ...connectionInput,
      protocol: { type: "string", about: "the only sub-protocol to offer, such as v3.channel.k8s.io, or none" },
      method: { type: "string", about: "of the request to upgrade to SPDY; POST unless said", values: ["GET", "POST"] },
      script: { type: "list<dyn>", about: "send, await, resize, closeSend, awaitEnd, close, steps" },
    },
    oneOf: ["Exec", "Attach"],
    result: {
      stdout: { type: "bytes", about: "all that came" },
      stderr: { type: "bytes", about: "all that came" },
      exit_code: { type: "int", about: "absent if none came" },
      ...transportResult,
      status: { type: "string", about: "text of the error channel" },
      opening: { type: "bytes", about: "WebSocket: the first message, with its channel byte" },
    },
    rpcs: [],
    needs: ["streaming"],
    demandsAlone: false,
  },
  run,
};
