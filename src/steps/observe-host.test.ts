import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import type { Answer, CriClient } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import { observeHost } from "./observe-host.ts";
import type { StepContext } from "./step.ts";

/** A runtime that answers with these, whatever is asked. */
function answering(responses: Readonly<Record<string, Message>>): CriClient {
  const call = async (rpc: string, request: Message): Promise<Answer> => ({
    rpc, request, requestBytes: new Uint8Array(), responses: [responses[rpc] ?? {}], responseBytes: [], code: "OK", details: "", fromRuntime: true,
    startedMs: 0, elapsedMs: 0, startedNs: 0n, endedNs: 0n, deadlineMs: 1000,
  });
  return { api: "v1", call, open: () => { throw new Error("no streams here"); }, rawCall: async (rpc) => call(rpc, {}), close: () => undefined };
}

function contextOf(responses: Readonly<Record<string, Message>>): StepContext {
  return {
    client: answering(responses), handler: "", signal: new AbortController().signal, bindings: {}, host: { sharesHost: true },
    logPathOf: () => undefined, undo: () => undefined, runSteps: () => Promise.resolve(), observe: () => undefined,
  };
}

describe("observeHost of a pod's network", () => {
  before(function linux() {
    if (process.platform !== "linux") this.skip(); // there is no /proc to look at
  });

  it("looks from a container that runs in it where the pod itself has no process", async () => {
    const context = contextOf({ ListContainers: { containers: [{ id: randomUUID() }] }, ContainerStatus: { info: { info: JSON.stringify({ pid: process.pid }) } } });
    const { result } = await observeHost.run({ network: randomUUID() }, context);
    expect(result).to.have.property("addresses").that.includes("127.0.0.1");
  });

  it("says what it looked for where nothing runs in it", async () => {
    const pod = randomUUID();
    const thrown: unknown = await observeHost.run({ network: pod }, contextOf({})).then(() => undefined, (error: unknown) => error);
    expect(thrown).to.be.an("error").with.property("message", `no process of pod ${pod} was found, nor of a container that runs in it`);
  });
});
