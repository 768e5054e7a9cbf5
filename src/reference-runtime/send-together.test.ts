import { once } from "node:events";
import { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import { describe, it } from "mocha";
import { sendTogether } from "./send-together.ts";

/** A stream whose messages each need a turn of the event loop, or fail. */
function slowStream(failing?: number): { readonly stream: Writable; readonly seen: number[] } {
  const seen: number[] = [];
  const stream = new Writable({
    objectMode: true,
    write(chunk: number, _encoding, done) {
      seen.push(chunk);
      setImmediate(() => { done(chunk === failing ? new Error("reset") : null); });
    },
  });
  sendTogether(stream);
  return { stream, seen };
}

const messages = Array.from({ length: 40 }, (_none, at) => at);

describe("sendTogether", () => {
  it("sends what waits while one is sent in the next turn, in its order", async () => {
    const { stream, seen } = slowStream();
    for (const message of messages) stream.write(message);
    expect(seen).to.deep.equal([0]);
    await turn();
    await turn();
    expect(seen).to.deep.equal(messages);
  });

  it("passes a failure on", async () => {
    const { stream } = slowStream(20);
    const failed = once(stream, "error");
    for (const message of messages) stream.write(message);
    expect(String((await failed)[0])).to.contain("reset");
  });
});
