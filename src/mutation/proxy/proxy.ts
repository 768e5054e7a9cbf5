/** A runtime that is another one with faults: passes all that it does not mutate byte for byte. */
import { createServer, type Http2Server, type IncomingHttpHeaders, type ClientHttp2Session, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { parseEndpoint } from "../../cri/endpoint.ts";
import { cannotListen, removeDeadSocket } from "../../cri/listen.ts";
import { criSchema, type RpcSchema } from "../../cri/schema.ts";
import type { Mutator } from "../../reference-runtime/mutators/mutator.ts";
import { exactHeaders } from "./headers.ts";
import { mutateStream, mutateUnary } from "./mutated.ts";
import { relay } from "./relay.ts";
import { breakWire } from "./wire-faults.ts";
import { dialer, OwnSession, pairUp, sessionLimits } from "./sessions.ts";

export interface ProxyOptions {
  /** Where the real runtime serves. */
  readonly upstream: string;
  /** `unix:///path.sock`, or `tcp://127.0.0.1:0`. */
  readonly listen: string;
  readonly mutators: readonly Mutator[];
}

export interface Proxy {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Serves until it is closed. Each connection of a client has one of its own to the runtime, and ends with it. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const dial = dialer(socketAddress(options.upstream));
  const own = new OwnSession(dial);
  const pairs = new WeakMap<object, ClientHttp2Session>();
  const open = new Set<ServerHttp2Session>();
  const server = createServer(sessionLimits);
  server.on("session", (session) => {
    open.add(session);
    session.on("close", () => open.delete(session));
    pairs.set(session, pairUp(session, dial));
  });
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw?: unknown) => {
    stream.on("error", () => undefined);
    const pair = stream.session === undefined ? undefined : pairs.get(stream.session);
    const path = String(headers[":path"]);
    const call = { stream, path, headers: exactHeaders(headers, raw) };
    const rpc = rpcsByPath().get(path);
    const mutators = options.mutators.filter((mutator) => mutator.rpc === rpc?.name);
    const wire = mutators.find((mutator) => mutator.wire !== undefined)?.wire;
    if (rpc === undefined || mutators.length === 0) {
      if (pair !== undefined) relay(call, pair);
    } else if (wire !== undefined) {
      wire.seen();
      breakWire(call, wire.fault, own.get());
    } else if (rpc.serverStream) void mutateStream({ ...call, rpc, mutators, session: own.get() });
    else void mutateUnary({ ...call, rpc, mutators, session: own.get() });
  });
  const endpoint = await bind(server, options.listen);
  return {
    endpoint,
    close: async () => {
      const closed = new Promise((resolve) => { server.close(resolve); });
      for (const session of open) session.destroy();
      own.close();
      await closed;
    },
  };
}

function rpcsByPath(): ReadonlyMap<string, RpcSchema> {
  paths ??= new Map([...criSchema("v1").rpcs.values()].map((rpc) => [rpc.path, rpc]));
  return paths;
}

let paths: ReadonlyMap<string, RpcSchema> | undefined;

/** Where an endpoint is, as node's sockets want it. */
function socketAddress(endpoint: string): { readonly path: string } | { readonly host: string; readonly port: number } {
  const { socketPath, tcp = { host: "", port: 0 } } = parseEndpoint(endpoint);
  return socketPath === undefined ? tcp : { path: socketPath };
}

async function bind(server: Http2Server, listen: string): Promise<string> {
  const address = socketAddress(listen);
  if ("path" in address) await removeDeadSocket(address.path);
  return new Promise((resolve, reject) => {
    server.once("error", (error) => { reject(cannotListen(listen, error)); });
    server.listen(address, () => {
      const bound: AddressInfo | string | null = server.address();
      resolve(typeof bound === "object" && bound !== null ? `tcp://${"host" in address ? address.host : ""}:${bound.port}` : parseEndpoint(listen).text);
    });
  });
}
