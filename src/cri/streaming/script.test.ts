import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { type InteractOptions, runForward, runInteract } from "./script.ts";
import { spdyServer, type TestServer } from "./testing/server.test.ts";

let server: TestServer | undefined;
afterEach(() => server?.close());

function options(deadlineMs: number): InteractOptions & { readonly transport: "spdy" } {
  return { url: server?.url ?? "", stdin: false, stdout: true, stderr: false, tty: false, signal: new AbortController().signal, deadlineMs, transport: "spdy" };
}

describe("steps inside a script", () => {
  it("are awaited beyond the deadline of their session", async () => {
    server = await spdyServer(2, () => undefined);
    let over = false;

    const result = await runInteract(options(2000), [{ run: async () => { await sleep(2200); over = true; } }, { awaitEnd: true }]);

    expect(over).to.equal(true);
    expect(result).to.include({ code: "DEADLINE_EXCEEDED", phase: "stream" });
  });

  it("say themselves what became of them", async () => {
    server = await spdyServer(2, () => undefined);

    const failed = runInteract(options(2000), [{ run: async () => { await sleep(2200); throw new Error("StopContainer hung"); } }]);

    expect(await failed.then(() => "through", String)).to.equal("Error: StopContainer hung");
  });

  it("are awaited on every connection when one fails", async () => {
    server = await spdyServer(4, () => undefined);
    let over = false;

    const failed = runForward({ ...options(10_000), ports: [80, 81] }, [
      { port: 80, script: [{ run: async () => { await sleep(10); throw new Error("failed"); } }] },
      { port: 81, script: [{ run: async () => { await sleep(200); over = true; } }] },
    ], true);

    expect(await failed.then(() => "through", String)).to.equal("Error: failed");
    expect(over).to.equal(true);
  });
});
