import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Http2Server } from "node:http2";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { CriClient } from "../../cri/client.ts";
import { connectCri } from "../../cri/grpc-client.ts";
import type { Mutator } from "../../reference-runtime/mutators/mutator.ts";
import { startReferenceRuntime } from "../../reference-runtime/start.ts";
import { findMutant } from "../find-mutant.ts";
import { startProxy } from "./proxy.ts";

let folder = "";
let undo: (() => Promise<void> | void)[] = [];

beforeEach(() => { folder = mkdtempSync(join(tmpdir(), "criteria-proxy-")); });
afterEach(async () => {
  for (const action of undo.reverse()) await action();
  undo = [];
  rmSync(folder, { recursive: true, force: true });
});

async function front(upstream: string, mutators: readonly Mutator[] = []): Promise<string> {
  const proxy = await startProxy({ upstream, listen: `unix://${folder}/p.sock`, mutators });
  undo.push(() => proxy.close());
  return proxy.endpoint;
}

async function client(endpoint: string): Promise<CriClient> {
  const made = await connectCri({ runtimeEndpoint: endpoint, connectTimeoutMs: 5000, api: "v1" });
  undo.push(() => { made.close(); });
  return made;
}

async function reference(...ids: string[]): Promise<{ direct: CriClient; through: CriClient }> {
  const runtime = await startReferenceRuntime({ listen: `unix://${folder}/r.sock`, stateDir: join(folder, "state") });
  undo.push(() => runtime.close());
  const endpoint = await front(runtime.endpoint, ids.flatMap((id) => findMutant(id).make(() => undefined)));
  return { direct: await client(runtime.endpoint), through: await client(endpoint) };
}

/** A server that answers each stream by hand. */
function raw(answer: Parameters<Http2Server["on"]>[1]): Promise<string> {
  const server = createServer();
  server.on("stream", answer);
  undo.push(() => { server.close(); });
  return new Promise((resolve) => { server.listen(`${folder}/raw.sock`, () => { resolve(`unix://${folder}/raw.sock`); }); });
}

interface Seen { headers: Record<string, unknown>; trailers: Record<string, unknown>; body: string; reset: number | undefined; sessionClosed: boolean }

function askRaw(endpoint: string, path: string, body: string, headers: Record<string, string | string[]> = {}): Promise<Seen> {
  const session = connect("http://localhost", { createConnection: () => connectSocket(endpoint) });
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers });
    const seen: Seen = { headers: {}, trailers: {}, body: "", reset: undefined, sessionClosed: false };
    session.on("error", reject);
    stream.on("response", (received) => { seen.headers = { ...received }; });
    stream.on("trailers", (received) => { seen.trailers = { ...received }; });
    stream.on("data", (chunk: Buffer) => { seen.body += chunk.toString("latin1"); });
    stream.on("error", () => undefined);
    stream.on("close", () => {
      seen.reset = stream.rstCode;
      seen.sessionClosed = session.closed;
      session.destroy();
      resolve(seen);
    });
    stream.end(body);
  });
}

function connectSocket(endpoint: string): net.Socket {
  return net.connect(endpoint.replace("unix://", ""));
}

describe("the proxy", () => {
  it("passes metadata, unknown methods, bytes, details and trailers as they are", async () => {
    let asked: unknown;
    const upstream = await raw((stream, headers) => {
      asked = { path: headers[":path"], timeout: headers["grpc-timeout"], own: headers["x-own"] };
      stream.respond({ ":status": 200, "content-type": "application/grpc", "x-head": ["a", "b"], date: "then" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => { stream.sendTrailers({ "grpc-status": "9", "grpc-message": "a%20b", "grpc-status-details-bin": "CAk" }); });
      stream.pipe(stream);
    });
    const seen = await askRaw(await front(upstream), "/other.v7.Service/Method", "\u0001no frame at all\u00ff", { "grpc-timeout": "7S", "x-own": "mine" });
    expect(asked).to.deep.equal({ path: "/other.v7.Service/Method", timeout: "7S", own: "mine" });
    expect(seen.headers).to.deep.include({ ":status": 200, "x-head": "a, b", date: "then" });
    expect(seen.trailers).to.deep.include({ "grpc-status": "9", "grpc-message": "a%20b", "grpc-status-details-bin": "CAk" });
    expect(Buffer.from(seen.body, "latin1").toString("utf8")).to.equal("\u0001no frame at all\u00ff");
  });

  it("passes a status without a body, and the way a stream was reset", async () => {
    const upstream = await raw((stream, headers) => {
      if (headers[":path"] === "/a") stream.respond({ ":status": 200, "grpc-status": "5", "grpc-message": "gone" }, { endStream: true });
      else stream.close(8);
    });
    const endpoint = await front(upstream);
    expect((await askRaw(endpoint, "/a", "")).headers).to.include({ "grpc-status": "5", "grpc-message": "gone" });
    expect((await askRaw(endpoint, "/b", "")).reset).to.equal(8);
  });

  it("answers as the runtime does, byte for byte, and cancels what is cancelled", async () => {
    const { direct, through } = await reference();
    for (const [rpc, request] of [["Version", {}], ["ListImages", {}], ["ContainerStatus", { container_id: "none" }], ["RuntimeConfig", {}]] as const) {
      const [one, two] = [await direct.call(rpc, request), await through.call(rpc, request)];
      expect([two.code, two.details, two.responseBytes, two.fromRuntime]).to.deep.equal([one.code, one.details, one.responseBytes, one.fromRuntime]);
    }
    const events = through.open("GetContainerEvents", {});
    setTimeout(() => { events.cancel(); }, 50);
    expect((await events.ended).code).to.equal("CANCELLED");
    expect((await through.rawCall("/runtime.v1.RuntimeService/Nothing", new Uint8Array())).code).to.equal("UNIMPLEMENTED");
    expect((await through.call("Version", {}, { deadlineMs: 20_000 })).code).to.equal("OK");
  });

  it("mutates what the mutants say, and only that", async () => {
    const { through } = await reference("response.Version.runtime_name.wrong", "rpc.ListContainers.spurious-error", "rpc.RemoveContainer.wrong-code");
    expect((await through.call("Version", {})).responses[0]).to.include({ runtime_name: "criteria-reference-wrong" });
    expect(await through.call("ListContainers", {})).to.include({ code: "INTERNAL", details: "injected" });
    expect((await through.call("RemoveContainer", {})).code).to.equal("UNKNOWN");
    expect((await through.call("ContainerStatus", { container_id: "none" })).code).to.equal("NOT_FOUND");
  });

  it("delays by what the mutant's id says", async () => {
    const { direct, through } = await reference("rpc.Version.delay-120ms");
    expect((await direct.call("Version", {})).elapsedMs).to.be.below(100);
    const answer = await through.call("Version", {});
    expect(answer.elapsedMs).to.be.within(119, 400);
    expect(answer.responseBytes).to.deep.equal((await direct.call("Version", {})).responseBytes);
  });

  it("loses the client's connection when it loses the runtime's", async () => {
    const upstream = await raw((stream) => { stream.session?.destroy(); });
    const seen = await askRaw(await front(upstream), "/a", "");
    expect([seen.headers, seen.sessionClosed]).to.deep.equal([{}, true]);
  });
});
