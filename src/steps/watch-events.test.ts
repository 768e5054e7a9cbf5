import { expect } from "chai";
import { describe, it } from "mocha";
import type { Answer, CriClient, OpenStream } from "../cri/client.ts";
import type { StepContext, StepOutcome } from "./step.ts";
import { watchEvents } from "./watch-events.ts";

const answer: Answer = { rpc: "GetContainerEvents", request: {}, requestBytes: new Uint8Array(), responses: [], responseBytes: [], code: "OK", details: "", fromRuntime: true, startedMs: 0, elapsedMs: 1, startedNs: 1n, endedNs: 2n, deadlineMs: 1234 };

/** What the step gives with a subscription that ends with `ended`, or goes on. */
async function watching(stream: { readonly garbage: string | undefined }, ended?: Partial<Answer>): Promise<StepOutcome> {
  const over = ended === undefined ? new Promise<Answer>(() => undefined) : Promise.resolve({ ...answer, ...ended });
  const open: OpenStream = { responses: [], get garbage() { return stream.garbage; }, ended: over, pause: () => undefined, cancel: () => undefined };
  const client: CriClient = { api: "v1", call: (rpc) => Promise.resolve({ ...answer, rpc }), open: () => open, rawCall: () => Promise.reject(new Error("not used")), close: () => undefined };
  const context: StepContext = {
    client, handler: "", signal: new AbortController().signal, bindings: {}, host: { sharesHost: true },
    logPathOf: () => undefined, undo: () => undefined, runSteps: () => Promise.resolve(), observe: () => undefined,
  };
  return watchEvents.run({}, context);
}

describe("watchEvents", () => {
  it("hands over the stream, so that what comes later and cannot be decoded is known", async () => {
    const live: { garbage: string | undefined } = { garbage: undefined };
    const { code, stream } = await watching(live);
    expect([code, stream?.garbage]).to.deep.equal(["OK", undefined]);
    live.garbage = "not a ContainerEventResponse";
    expect(stream?.garbage).to.equal("not a ContainerEventResponse");
  });

  it("tells that the runtime broke off", async () => {
    const outcome = await watching({ garbage: undefined }, { code: "UNAVAILABLE", fromRuntime: false, wireFault: "Connection dropped" });
    expect(outcome).to.include({ code: "UNAVAILABLE", fromRuntime: false, wireFault: "Connection dropped", deadlineMs: 1234 });
  });

  it("tells of a stream that ended with what cannot be decoded", async () => {
    expect(await watching({ garbage: "not a ContainerEventResponse" }, { garbage: "not a ContainerEventResponse" })).to.include({ code: "OK", garbage: "not a ContainerEventResponse" });
  });
});
