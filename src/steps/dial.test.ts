import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { expect } from "chai";
import { describe, it } from "mocha";
import { dial } from "./dial.ts";
import type { StepContext } from "./step.ts";

function contextOf(runSteps: StepContext["runSteps"], deadlineMs = 300): StepContext {
  return {
    get client(): never { throw new Error("dial makes no call"); },
    handler: "", signal: new AbortController().signal, deadlineMs, bindings: {}, host: { sharesHost: true },
    logPathOf: () => undefined, undo: () => undefined, runSteps, observe: () => undefined,
  };
}

const context = contextOf(() => Promise.resolve());
const script = [{ send: "hello" }, { await: "hello" }];

describe("dial", () => {
  it("sends datagrams and hears the answer", async () => {
    const server = createSocket("udp4");
    server.on("message", (bytes, from) => server.send(bytes, from.port, from.address));
    await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
    try {
      const { code, result } = await dial.run({ to: `udp://127.0.0.1:${server.address().port}`, script }, context);
      expect([code, result]).to.deep.equal(["OK", { connected: true, received: new Uint8Array(Buffer.from("hello")) }]);
    } finally {
      server.close();
    }
  });

  it("tells that nobody answered, over UDP by the deadline, over TCP by a refusal", async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    }));
    await new Promise((resolve) => server.close(resolve));
    const silent = await dial.run({ to: `udp://127.0.0.1:${port}`, script }, context);
    expect(silent.code).to.be.oneOf(["DEADLINE_EXCEEDED", "UNKNOWN"]);
    const refused = await dial.run({ to: `tcp://127.0.0.1:${port}` }, context);
    expect(refused.result).to.deep.include({ connected: false });
  });

  it("goes on where the socket is gone, and says that the script was not through", async () => {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const { port } = socket.address();
    await new Promise<void>((resolve) => socket.close(() => { resolve(); }));
    const settle = contextOf(() => new Promise((resolve) => { setTimeout(resolve, 100); }), 10_000);
    const { code, result } = await dial.run({ to: `udp://127.0.0.1:${port}`, script: [{ send: "one" }, { steps: 0n }, { send: "two" }, { await: "answer" }] }, settle);
    expect([code, result]).to.deep.equal(["UNKNOWN", { connected: true, received: new Uint8Array() }]);
  });

  it("is not connected where the kernel refuses the address", async () => {
    const { result } = await dial.run({ to: "udp://255.255.255.255:9", script }, context);
    expect(result).to.deep.include({ connected: false });
  });

  it("refuses what is no address", async () => {
    const error = await dial.run({ to: "http://127.0.0.1:80" }, context).then(() => undefined, (thrown: unknown) => thrown);
    expect(String(error)).to.contain("tcp://ip:port or udp://ip:port");
  });
});
