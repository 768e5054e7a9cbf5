/** Where a stream verb connects to: what its RPC answers, or a URL that was had before. */
import type { Answer } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import { requestPlainly } from "../cri/streaming/upgrade.ts";
import { optionalString } from "./input.ts";
import { endedBy, type Worked } from "./outcome.ts";
import type { StepContext, VerbSchema } from "./step.ts";

/** How long a session may take unless said. */
export const sessionMs = 30_000;

/** What each verb that opens a stream takes beside its request. */
export const connectionInput: VerbSchema["input"] = {
  url: { type: "string", about: "of an answer had before, in the place of a call: the request then only says what to open" },
  transport: { type: "string", about: "else what the server takes; http asks for no upgrade at all", values: ["spdy", "websocket", "http"] },
};

export type Place = { readonly url: string; readonly answers: readonly Answer[] } | { readonly refused: Worked };

/** Calls the RPC, unless a URL is given. `empty` is the result when there is none. */
export async function placeOf(rpc: string, request: Message, input: Message, context: StepContext, empty: Message): Promise<Place> {
  const given = optionalString(input, "url");
  if (given !== undefined) return { url: given, answers: [] };
  const answer = await context.client.call(rpc, request, { signal: context.signal });
  const url = answer.responses[0]?.["url"];
  if (answer.code === "OK" && answer.garbage === undefined && typeof url === "string") return { url, answers: [answer] };
  return { refused: { ...endedBy(answer), result: { ...empty, phase: "rpc", protocol: "" } } };
}

/** Requests the URL without asking for an upgrade; no streaming server takes that for a session. */
export async function askPlainly(place: { readonly url: string; readonly answers: readonly Answer[] }, context: StepContext, empty: Message): Promise<Worked> {
  const refused = await requestPlainly({ url: place.url, signal: context.signal, timeoutMs: context.deadlineMs ?? sessionMs });
  const http = refused.status === undefined ? {} : { http_status: BigInt(refused.status), http_body: refused.body };
  return { code: "UNKNOWN", details: refused.message, answers: place.answers, result: { ...empty, phase: "connect", protocol: "", transport: "http", error: refused.message, ...http } };
}
