import { createServer } from "node:net";
import { expect } from "chai";
import { describe, it } from "mocha";
import { answers, freePort } from "./free-port.ts";

describe("freePort", () => {
  it("gives no port twice, and none at which somebody answers", async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, () => freePort("127.0.0.1")));
    expect(new Set(ports).size).to.equal(50);
    const [port = 0] = ports;
    expect(await answers("127.0.0.1", port)).to.equal(false);
    const server = createServer((socket) => { socket.end(); });
    await new Promise<void>((resolve) => { server.listen(port, "127.0.0.1", resolve); });
    expect(await answers("127.0.0.1", port)).to.equal(true);
    await new Promise((resolve) => { server.close(resolve); });
  });
});
