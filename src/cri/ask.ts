/** Calls with the types of the proto, for code that knows at compile time what it asks. */
import type { Answer, CallOptions, CriClient } from "./client.ts";
import type { Rpcs } from "./generated/v1.ts";

/** A message of which any part may be absent: left out of a request it is the proto's default. */
export type InPart<T> = T extends readonly (infer Item)[] ? readonly InPart<Item>[] : T extends Uint8Array | string | bigint | number | boolean ? T : { readonly [Key in keyof T]?: InPart<T[Key]> };

/** An answer, and its message when it is OK; what v1alpha2 lacks is not in it. */
export interface Asked<Response> {
  readonly answer: Answer;
  readonly response: InPart<Response> | undefined;
}

/** Makes one unary call. Throws HarnessError only for an RPC that this version of CRI lacks. */
export async function ask<Name extends keyof Rpcs>(client: CriClient, rpc: Name, request: InPart<Rpcs[Name]["request"]>, options?: CallOptions): Promise<Asked<Rpcs[Name]["response"]>> {
  const answer = await client.call(rpc, Object.fromEntries(Object.entries(request)), options);
  // The client decodes by the same proto that the types were made from.
  const response = answer.responses[0] as InPart<Rpcs[Name]["response"]> | undefined;
  return { answer, response: answer.code === "OK" ? response : undefined };
}
