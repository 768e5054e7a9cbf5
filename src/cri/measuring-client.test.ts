import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { CriClient } from "./client.ts";
import { encodeMessage } from "./convert.ts";
import { framed } from "./grpc-frames.ts";
import { connectMeasuring } from "./measuring-client.ts";

type Reply = (stream: ServerHttp2Stream) => void;

function frame(type: string, message: Record<string, unknown>): Buffer {
  return framed(encodeMessage("v1", type, message));
}

function answer(bytes: Buffer, trailers: Record<string, string> = { "grpc-status": "0" }): Reply {
  return (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    stream.end(bytes);
  };
}

const version = answer(frame("VersionResponse", { version: "0.1.0", runtime_name: "fake", runtime_version: "1", runtime_api_version: "v1" }));

describe("the client that benchmarks measure with", () => {
  const folder = mkdtempSync(join(tmpdir(), "criteria-measuring-"));
  const sessions = new Set<{ destroy(): void }>();
  let server: Http2Server;
  let client: CriClient;
  let reply: Reply = version;
  let asked: Record<string, unknown> = {};

  before(async () => {
    server = createServer();
    server.on("session", (session) => sessions.add(session));
    server.on("stream", (stream, headers) => {
      asked = headers;
      stream.on("error", () => undefined);
      stream.resume();
      // grpc-js shakes hands first.
      (headers["user-agent"] === "criteria" ? reply : version)(stream);
    });
    server.listen(join(folder, "s"));
    await once(server, "listening");
  });
  beforeEach(async () => {
    client = await connectMeasuring({ runtimeEndpoint: join(folder, "s"), api: "v1", connectTimeoutMs: 5000 });
  });
  afterEach(() => client.close());
  after(() => {
    for (const session of sessions) session.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("answers with message, status and a time that lies within the call", async () => {
    reply = version;
    const begin = performance.now();
    const { code, responses, startedMs, elapsedMs, fromRuntime } = await client.call("Version", {}, { deadlineMs: 1500 });
    expect({ code, fromRuntime, name: responses[0]?.["runtime_name"] }).to.deep.equal({ code: "OK", fromRuntime: true, name: "fake" });
    expect(startedMs).to.be.within(begin, performance.now());
    expect(elapsedMs).to.be.within(0, performance.now() - begin);
    expect(asked["grpc-timeout"]).to.equal("1500m");
  });

  it("reads every message of a streamed list", async () => {
    const one = frame("StreamContainersResponse", { containers: [{ id: "a" }] });
    reply = answer(Buffer.concat([one, one]));
    expect((await client.call("StreamContainers", {})).responses).to.have.length(2);
  });

  it("reads a status with its text, with a message or alone", async () => {
    reply = (stream) => stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "5", "grpc-message": "no such%20pod" }, { endStream: true });
    const { code, details, fromRuntime } = await client.call("StopPodSandbox", { pod_sandbox_id: "x" });
    expect({ code, details, fromRuntime }).to.deep.equal({ code: "NOT_FOUND", details: "no such pod", fromRuntime: true });
    reply = (stream) => stream.respond({ ":status": 503 }, { endStream: true });
    expect((await client.call("Version", {})).code).to.equal("UNKNOWN");
  });

  it("gives up at the deadline and on the signal, and says that it was the client", async () => {
    reply = () => undefined;
    const late = await client.call("Version", {}, { deadlineMs: 20 });
    expect([late.code, late.fromRuntime]).to.deep.equal(["DEADLINE_EXCEEDED", false]);
    const stop = new AbortController();
    const pending = client.call("Version", {}, { signal: stop.signal });
    stop.abort();
    expect((await pending).code).to.equal("CANCELLED");
  });

  it("tells a lost connection, and goes on over a new one", async () => {
    reply = () => { for (const session of sessions) session.destroy(); };
    const { code, fromRuntime } = await client.call("Version", {});
    expect({ code, fromRuntime }).to.deep.equal({ code: "UNAVAILABLE", fromRuntime: false });
    reply = version;
    expect((await client.call("Version", {})).code).to.equal("OK");
  });

  it("tells an answer that is none", async () => {
    reply = answer(Buffer.alloc(0));
    expect((await client.call("Version", {})).garbage).to.equal("0 messages in answer to a unary call");
    reply = answer(Buffer.from([0, 0, 0, 0, 1, 0xff]));
    expect((await client.call("Version", {})).garbage).to.match(/^not a VersionResponse/);
  });
});
