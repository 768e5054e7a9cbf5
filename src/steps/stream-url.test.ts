import { expect } from "chai";
import { describe, it } from "mocha";
import type { Answer, CriClient } from "../cri/client.ts";
import { forward } from "./forward.ts";
import { interact } from "./interact.ts";
import type { StepContext } from "./step.ts";

function contextOf(part: Partial<Answer>): StepContext {
  const client: CriClient = {
    api: "v1",
    call: (rpc, request) => Promise.resolve({
      rpc, request, requestBytes: new Uint8Array(), responses: [], responseBytes: [], code: "OK", details: "", fromRuntime: true, startedMs: 0, elapsedMs: 1, startedNs: 1n, endedNs: 2n, deadlineMs: 1234, ...part,
    }),
    open: () => { throw new Error("not used"); },
    rawCall: () => Promise.reject(new Error("not used")),
    close: () => undefined,
  };
  return {
    client, handler: "", signal: new AbortController().signal, bindings: {}, host: { sharesHost: true },
    logPathOf: () => undefined, undo: () => undefined, runSteps: () => Promise.resolve(), observe: () => undefined,
  };
}

describe("a verb that opens a stream", () => {
  const verbs = { interact: (context: StepContext) => interact.run({ Attach: {} }, context), forward: (context: StepContext) => forward.run({ PortForward: {}, connections: [] }, context) };
  for (const [name, run] of Object.entries(verbs)) {
    it(`tells of ${name} that the answer could not be decoded`, async () => {
      const outcome = await run(contextOf({ garbage: "not an AttachResponse" }));
      expect(outcome).to.include({ verb: name, code: "OK", garbage: "not an AttachResponse", deadlineMs: 1234 });
    });

    it(`plays no ${name} on a URL that came with garbage`, async () => {
      const outcome = await run(contextOf({ responses: [{ url: "http://127.0.0.1:1/x" }], garbage: "more than one message in answer to a unary call" }));
      expect(outcome).to.include({ garbage: "more than one message in answer to a unary call" });
      expect(outcome.result).to.include({ phase: "rpc" });
    });

    it(`tells of ${name} that the runtime broke off`, async () => {
      const outcome = await run(contextOf({ code: "UNAVAILABLE", details: "Connection dropped", fromRuntime: false, wireFault: "Connection dropped" }));
      expect(outcome).to.include({ code: "UNAVAILABLE", fromRuntime: false, wireFault: "Connection dropped" });
    });
  }
});
