/** `forward`: connections through PortForward, each played by a script. */
import { asRecord, type Message } from "../cri/message.ts";
import { runForward } from "../cri/streaming/script.ts";
import { listOf, optionalInt } from "./input.ts";
import { worked } from "./outcome.ts";
import type { Worked } from "./outcome.ts";
import { scriptOf, together, transportOf } from "./script.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";
import { askPlainly, connectionInput, placeOf, sessionMs } from "./stream-url.ts";
import { resultOf, transportResult } from "./transport-result.ts";

const nothing = { connections: [] };

async function play(input: Message, context: StepContext): Promise<Worked> {
  const request = asRecord(input["PortForward"]) ?? {};
  const asked = listOf(request, "port").map(Number);
  const place = await placeOf("PortForward", request, input, context, nothing);
  if ("refused" in place) {
    return place.refused;
  }
  const transport = transportOf(input);
  if (transport === "http") {
    return askPlainly(place, context, nothing);
  }
  const connections = listOf(input, "connections").map((item) => {
    const one = asRecord(item) ?? {};
    return { port: optionalInt(one, "port") ?? 0, script: scriptOf(one["script"], (steps) => context.runSteps(steps)) };
  });
  const options = {
    url: place.url,
    ...(transport === undefined ? {} : { transport }),
    // WebSocket channels are numbered after the request's ports; the connections may use them more than once.
    ports: asked.length > 0 ? asked : connections.map((one) => one.port),
    signal: context.signal,
    deadlineMs: context.deadlineMs ?? sessionMs,
  };
  const result = await runForward(options, connections, together(input));
  const error = result.error ?? result.connections.find((one) => one.error !== undefined)?.error ?? "";
  return { code: result.code, details: error, answers: place.answers, result: { ...resultOf(result), connections: result.connections.map((one) => ({ ...one, port: BigInt(one.port) })) } };
}

async function run(input: Message, context: StepContext): Promise<StepOutcome> {
  return worked("forward", input, context, async () => play(input, context));
}

export const forward: Verb = {
  schema: {
    name: "forward",
    about: "Connects to ports of a pod through PortForward.",
    input: {
      PortForward: { type: "map<string, dyn>", about: "the request", message: "PortForwardRequest", required: true },
      ...connectionInput,
      connections: { type: "list<dyn>", about: "port and script of each", required: true },
      together: { type: "bool", about: "all at once instead of in turn" },
    },
    result: {
      connections: {
        type: "list<map<string, dyn>>", about: "each in the order asked",
        keys: {
          port: { type: "int", about: "port" }, received: { type: "bytes", about: "all that came" },
          error: { type: "string", about: "what went wrong, if anything" }, ended: { type: "bool", about: "the peer ended the connection" },
        },
      },
      ...transportResult,
    },
    rpcs: [],
    needs: ["streaming"],
    demandsAlone: false,
  },
  run,
};
