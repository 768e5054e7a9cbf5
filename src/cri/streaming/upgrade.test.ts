import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { collectGarbage } from "../testing/collect-garbage.ts";
import { runInteract } from "./script.ts";
import { requestPlainly } from "./upgrade.ts";

let server: Server | undefined;
const sockets = new Set<Socket>();
afterEach(() => {
  server?.close();
  for (const socket of sockets) socket.destroy();
});

/** Takes requests and answers each with `answer`, and then no more. */
async function stalling(answer: string): Promise<string> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", () => socket.write(answer));
    // The timeout of the request must outlive this.
    collectGarbage();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/exec/x`;
}

const session = { stdin: false, stdout: true, stderr: false, tty: false, signal: new AbortController().signal };
const halfRefusal = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 100\r\n\r\nsorry";

describe("an upgrade that is never answered", () => {
  for (const transport of ["spdy", "websocket"] as const) {
    it(`is given up at the deadline over ${transport}`, async () => {
      const url = await stalling("");
      const collecting = setInterval(collectGarbage, 20).unref();
      const begun = performance.now();
      const result = await runInteract({ ...session, url, deadlineMs: 300, transport }, [{ awaitEnd: true }]).finally(() => { clearInterval(collecting); });
      expect(result).to.include({ code: "DEADLINE_EXCEEDED", phase: "connect" });
      expect(performance.now() - begun).to.be.lessThan(3000);
    });
  }

  it("is given up where no upgrade was asked for", async () => {
    const url = await stalling("");
    const collecting = setInterval(collectGarbage, 20).unref();
    const refused = await requestPlainly({ url, signal: session.signal, timeoutMs: 300 }).finally(() => { clearInterval(collecting); });
    expect(refused.message).to.contain("300 ms");
  });

  it("is given up where a refusal never ends", async () => {
    const url = await stalling(halfRefusal);
    const result = await runInteract({ ...session, url, deadlineMs: 300, transport: "spdy" }, [{ awaitEnd: true }]);
    expect(result).to.include({ code: "DEADLINE_EXCEEDED", phase: "connect" });
  });
});
