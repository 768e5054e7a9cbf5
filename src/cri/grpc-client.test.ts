import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { describe, it } from "mocha";
import { encodeMessage } from "./convert.ts";
import { framed } from "./grpc-frames.ts";
import { connectCri } from "./grpc-client.ts";

describe("an open stream", () => {
  it("tells of what cannot be decoded while it goes on", async () => {
    const folder = mkdtempSync(join(tmpdir(), "criteria-stream-"));
    const event = framed(encodeMessage("v1", "ContainerEventResponse", { container_id: "c" }));
    const server = createServer((request, response) => {
      response.writeHead(200, { "content-type": "application/grpc" });
      if (request.url.endsWith("/GetContainerEvents")) {
        for (const bytes of [event, framed(Uint8Array.of(0, 0xff)), event]) response.write(bytes);
      } else {
        response.addTrailers({ "grpc-status": "0" });
        response.end(framed(encodeMessage("v1", "VersionResponse", { version: "0.1.0" })));
      }
    });
    server.listen(join(folder, "s"));
    await once(server, "listening");
    const client = await connectCri({ runtimeEndpoint: join(folder, "s"), api: "v1", connectTimeoutMs: 5000 });
    const stream = client.open("GetContainerEvents", {}, { deadlineMs: 10_000 });
    try {
      while (stream.responses.length < 2) await sleep(5);
      expect(stream.garbage).to.match(/^not a ContainerEventResponse/);
    } finally {
      stream.cancel();
      expect((await stream.ended).garbage).to.equal(stream.garbage);
      client.close();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
