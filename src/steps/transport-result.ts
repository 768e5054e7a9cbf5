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
