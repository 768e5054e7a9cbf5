import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { ByteLog } from "./byte-log.ts";
import type { Channel } from "./channel.ts";
import { openForward } from "./port-forward.ts";
import { type InteractOptions, runForward, runInteract, type ScriptAction } from "./script.ts";
import { openSession } from "./session.ts";
import { type Serve, spdyServer, success, type TestServer, webSocketServer } from "./testing/server.test.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array): string => Buffer.from(value).toString();
const megabytes = (n: number): Uint8Array => Buffer.alloc(n * 1_000_000).map((_, i) => i % 251);

let server: TestServer | undefined;
afterEach(() => server?.close());

function options(deadlineMs = 5000): InteractOptions {
  return { url: server?.url ?? "", stdin: true, stdout: true, stderr: false, tty: false, signal: new AbortController().signal, deadlineMs };
}

/** Copies one stream to another as it comes. */
async function copy(from: Channel, to: Channel): Promise<void> {
  let sent = 0;
  for (;;) {
    const outcome = await from.received.waitForLength(sent + 1, 5000);
    const all = from.received.bytes;
    await to.write(all.subarray(sent));
    sent = all.length;
    if (outcome !== "found") return;
  }
}

/** Echoes stdin to stdout until its end, then succeeds. */
const echo: Serve = ({ stdin, stdout, error }, close) => {
  if (!stdin || !stdout || !error) return;
  void (async () => {
    await copy(stdin, stdout);
    await error.write(success);
    for (const stream of [error, stdout]) await stream.closeWrite();
    close();
  })();
};

describe("a SPDY session", () => {
  it("ends its input, and gets output and exit status", async () => {
    server = await spdyServer(3, echo);

    const result = await runInteract({ ...options(), transport: "spdy" }, [{ send: bytes("hello") }, { await: bytes("hello") }, { send: bytes(" you") }, { closeSend: true }, { awaitEnd: true }]);

    expect({ ...result, stdout: text(result.stdout), stderr: text(result.stderr) }).to.deep.equal({
      stdout: "hello you", stderr: "", phase: "ended", protocol: "v4.channel.k8s.io", transport: "spdy", code: "OK", exit_code: 0n, status: String(success),
    });
    expect(server.offered).to.deep.equal(["v4.channel.k8s.io, v3.channel.k8s.io, v2.channel.k8s.io"]);
  });

  it("carries 10 MB each way, whole", async () => {
    server = await spdyServer(3, echo);
    const sent = megabytes(10);

    const result = await runInteract({ ...options(), transport: "spdy" }, [{ send: sent }, { closeSend: true }, { awaitEnd: true }]);

    expect(Buffer.compare(result.stdout, sent)).to.equal(0);
  });

  it("tells that no status came", async () => {
    server = await spdyServer(3, (_streams, close) => close());

    const result = await runInteract({ ...options(), transport: "spdy" }, [{ awaitEnd: true }]);

    expect(result).to.include({ phase: "ended", code: "UNKNOWN" });
    expect(result).not.to.have.property("exit_code");
  });

  it("takes no lost connection for success, where success is silence", async () => {
    server = await spdyServer(3, ({ stdout }, _close, drop) => void stdout?.write(bytes("half")).then(drop));

    const result = await runInteract({ ...options(), transport: "spdy", protocol: "v3.channel.k8s.io" }, [{ awaitEnd: true }]);

    expect(result).to.include({ phase: "ended", code: "UNKNOWN", error: "the connection closed before the error stream ended" });
    expect(result).not.to.have.property("exit_code");
  });

  it("takes the end of the error stream for success, where success is silence", async () => {
    server = await spdyServer(3, ({ error }, close) => void error?.closeWrite().then(close));

    const result = await runInteract({ ...options(), transport: "spdy", protocol: "v2.channel.k8s.io" }, [{ awaitEnd: true }]);

    expect(result).to.include({ phase: "ended", code: "OK", exit_code: 0n });
  });

  it("tells no exit code when we hang up ourselves", async () => {
    server = await spdyServer(3, () => undefined);

    const result = await runInteract({ ...options(), transport: "spdy", protocol: "v3.channel.k8s.io" }, [{ close: true }]);

    expect(result).to.include({ phase: "stream", code: "OK" });
    expect(result).not.to.have.any.keys("exit_code", "error");
  });

  it("is cut when more comes than is kept", async () => {
    server = await spdyServer(3, ({ stdout }) => void stdout?.write(megabytes(2)));

    const result = await runInteract({ ...options(), mostBytes: 1_000_000, transport: "spdy" }, [{ awaitEnd: true }]);

    expect(result).to.include({ phase: "stream", code: "UNKNOWN", error: "the peer sent more than 1000000 bytes" });
    expect(result.stdout.length).to.be.at.most(1_000_000);
  });

  it("gives up at the deadline", async () => {
    server = await spdyServer(3, () => undefined);

    const result = await runInteract({ ...options(200), transport: "spdy" }, [{ await: bytes("never") }]);

    expect(result).to.include({ code: "DEADLINE_EXCEEDED", phase: "stream" });
  });

  it("is cut by its signal", async () => {
    server = await spdyServer(3, () => undefined);
    const controller = new AbortController();
    const session = await openSession({ ...options(), transport: "spdy", signal: controller.signal });

    controller.abort();

    expect(await session.ended).to.deep.equal({ error: "interrupted", cut: "interrupted" });
  });

  it("sends a size as JSON", async () => {
    const seen = new Promise<string>((resolve) => {
      void spdyServer(4, ({ resize, error }, close) => {
        void resize?.received.waitFor(bytes("}"), 1000).then(async () => {
          resolve(resize.received.text);
          await error?.write(success);
          close();
        });
      }).then((started) => {
        server = started;
        return runInteract({ ...options(), tty: true, transport: "spdy" }, [{ resize: { width: 80, height: 24 } }, { awaitEnd: true }]);
      });
    });

    expect(JSON.parse(await seen)).to.deep.equal({ Width: 80, Height: 24 });
  });
});

describe("a refused upgrade", () => {
  for (const transport of ["spdy", "websocket"] as const) {
    it(`is data over ${transport}`, async () => {
      server = await refusing();

      const result = await runInteract({ ...options(), transport }, [{ awaitEnd: true }]);

      expect(result).to.include({ phase: "connect", http_status: 404, http_body: "gone", code: "UNKNOWN" });
    });
  }

  it("makes way for WebSocket when no transport was named", async () => {
    server = await webSocketServer((send) => send(3, success), () => undefined);

    const result = await runInteract(options(), [{ close: true }]);

    expect(result).to.include({ transport: "websocket", protocol: "v4.channel.k8s.io" });
  });
});

async function refusing(): Promise<TestServer> {
  const { createServer } = await import("node:http");
  const http = createServer();
  http.on("upgrade", (_request, socket) => socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngone"));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const address = http.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/exec/x`, offered: [], close: () => new Promise((resolve) => http.close(() => resolve())) };
}

describe("a WebSocket session", () => {
  it("echoes, resizes and ends", async () => {
    const sizes = new ByteLog();
    server = await webSocketServer(
      (send) => send(0, new Uint8Array()),
      (channel, content, send, close) => {
        if (channel === 4) sizes.append(content);
        if (channel === 0) send(1, content);
        if (channel !== 0 || text(content) !== "bye") return;
        send(3, bytes('{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}'));
        close();
      },
    );

    const script: ScriptAction[] = [{ resize: { width: 1, height: 2 } }, { send: bytes("hi") }, { await: bytes("hi") }, { send: bytes("bye") }, { awaitEnd: true }];
    const result = await runInteract({ ...options(), tty: true, transport: "websocket" }, script);

    expect(result).to.include({ phase: "ended", exit_code: 3n, code: "OK", protocol: "v4.channel.k8s.io" });
    expect(text(result.stdout)).to.equal("hibye");
    expect(sizes.text).to.equal('{"Width":1,"Height":2}');
  });

  it("is cut when more comes than is kept, also on a channel that nobody opened", async () => {
    server = await webSocketServer((send) => { for (let n = 0; n < 20; n++) send(9, megabytes(0.1)); }, () => undefined);

    const result = await runInteract({ ...options(), mostBytes: 1_000_000, transport: "websocket" }, [{ awaitEnd: true }]);

    expect(result).to.include({ phase: "stream", code: "UNKNOWN", error: "the peer sent more than 1000000 bytes" });
  });

  it("refuses to end its input", async () => {
    server = await webSocketServer(() => undefined, () => undefined);
    const session = await openSession({ ...options(), transport: "websocket" });

    const refused = await session.closeStdin().catch((error: unknown) => error);
    session.close();

    expect(refused).to.include({ name: "HalfCloseUnsupportedError", code: "SUITE_INVALID" });
  });
});

describe("a forwarded port", () => {
  it("echoes over SPDY, and tells the error of one connection only", async () => {
    const serve: Serve = (streams) => {
      const { data80, error80, data81, error81 } = streams;
      if (!data80 || !error80 || !data81 || !error81) return;
      void copy(data80, data80).then(() => Promise.all([data80.closeWrite(), error80.closeWrite()]));
      void error81.write(bytes("connection refused")).then(() => Promise.all([data81.closeWrite(), error81.closeWrite()]));
    };
    server = await spdyServer(4, serve);

    const result = await runForward({ ...options(), transport: "spdy", ports: [80, 81] }, [
      { port: 80, script: [{ send: bytes("ping") }, { await: bytes("ping") }, { closeSend: true }, { awaitEnd: true }] },
      { port: 81, script: [{ awaitEnd: true }] },
    ], true);

    expect(result.connections.map((one) => ({ ...one, received: text(one.received) }))).to.deep.equal([
      { port: 80, received: "ping", ended: true },
      { port: 81, received: "", ended: true, error: "connection refused" },
    ]);
    expect(server.offered).to.deep.equal(["portforward.k8s.io"]);
  });

  it("strips the announced port over WebSocket, and notices a wrong one", async () => {
    server = await webSocketServer(
      (send) => [[0, 80], [1, 80], [2, 99], [3, 99]].forEach(([channel = 0, port = 0]) => send(channel, Uint8Array.of(port, 0))),
      (channel, content, send, close) => {
        send(channel, content);
        close();
      },
    );
    const forward = await openForward({ ...options(), transport: "websocket", ports: [80, 81] });
    const [right, wrong] = [await forward.connect(80), await forward.connect(81)];

    await right.write(bytes("hi"));

    expect(await right.waitFor(bytes("hi"), 1000)).to.equal("found");
    expect(await right.ended).to.deep.equal({});
    expect((await wrong.ended).error).to.match(/announced port 99 instead of port 81/);
    expect(right.received.text).to.equal("hi");
  });
});
