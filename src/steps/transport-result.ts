import type { VerbSchema } from "./step.ts";

/** What every verb that opens a stream URL tells of the connection itself. */
export const transportResult: VerbSchema["result"] = {
  phase: { type: "string", about: "how far it came", values: ["rpc", "connect", "stream", "ended"] },
  protocol: { type: "string", about: "the sub-protocol agreed on" },
  transport: { type: "string", about: "the transport taken" },
  error: { type: "string", about: "what went wrong, if anything" },
  http_status: { type: "int", about: "of a refused upgrade" },
  http_body: { type: "string", about: "of a refused upgrade" },
};

/** The result of a session as suites read it: integers are bigint, and the code is the step's own. */
export function resultOf<Fields extends { readonly code: unknown; readonly http_status?: number }>(session: Fields): Omit<Fields, "code" | "http_status"> & { readonly http_status?: bigint } {
  const { code: _code, http_status: status, ...rest } = session;
  return { ...rest, ...(status === undefined ? {} : { http_status: BigInt(status) }) };
}
