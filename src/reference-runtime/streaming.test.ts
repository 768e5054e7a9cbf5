import { expect } from "chai";
import { describe, it } from "mocha";
import { openSession } from "../cri/streaming/session.ts";
import { sessionOf, statusText } from "./session-wire.ts";
import { StreamingServer } from "./streaming.ts";

const request = { stdin: true, stdout: true, stderr: true };

/** A server with one URL that echoes its input and then ends with 7. */
async function serveEcho(): Promise<{ server: StreamingServer; url: string }> {
  const server = new StreamingServer();
  await server.listen();
  const { url } = server.url("exec", sessionOf(request, (wire) => {
    wire.onInput((bytes) => {
      if (bytes === undefined) return;
      wire.send("stdout", bytes);
      wire.send("stderr", Buffer.from("!"));
      if (Buffer.from(bytes).includes("end")) wire.end({ code: 7 });
    });
  }));
  return { server, url: String(url) };
}

describe("the streaming server of the reference runtime", () => {
  for (const transport of ["spdy", "websocket"] as const) {
    it(`carries a session over ${transport}, once`, async () => {
      const { server, url } = await serveEcho();
      const options = { url, transport, ...request, tty: false, signal: new AbortController().signal, deadlineMs: 5000 };

      const session = await openSession(options);
      await session.write(Buffer.from("the end"));
      const end = await session.ended;
      const again = await openSession(options).then(() => "opened", (error: unknown) => (error instanceof Error && "status" in error ? error.status : error));
      await server.close();

      expect([session.stdout.text, session.stderr.text, end.exitCode]).to.deep.equal(["the end", "!", 7n]);
      expect(again).to.equal(404);
    });
  }

  it("keeps no more than a thousand unused URLs", async () => {
    const server = new StreamingServer();
    await server.listen();
    for (let n = 0; n < 1000; n++) server.url("exec", () => undefined);

    expect(() => server.url("exec", () => undefined)).to.throw("too many");
    await server.close();
  });

  it("speaks plain text before v4, and nothing for success", () => {
    expect(statusText({ code: 0 }, "v3.channel.k8s.io")).to.equal("");
    expect(statusText({ code: 3 }, "v3.channel.k8s.io")).to.contain("exit code 3");
    expect(JSON.parse(statusText({ code: 3 }, "v4.channel.k8s.io"))).to.have.nested.property("details.causes[0].message", "3");
  });
});
