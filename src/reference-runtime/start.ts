import { mkdirSync } from "node:fs";
import grpc from "@grpc/grpc-js";
import { parseEndpoint } from "../cri/endpoint.ts";
import { cannotListen, removeDeadSocket } from "../cri/listen.ts";
import { createServer, type Mutator } from "./server.ts";
import { State, type Logger } from "./state.ts";

export interface ReferenceRuntimeOptions {
  /** `unix:///path.sock`, or `tcp://127.0.0.1:0`. */
  readonly listen: string;
  readonly stateDir: string;
  readonly logger?: Logger;
  /** Registries (host:port) spoken to over HTTP, beside those of the loopback. */
  readonly plainHttpRegistries?: readonly string[];
  readonly mutators?: readonly Mutator[];
}

export interface ReferenceRuntime {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Starts a CRI runtime inside this process; throws USAGE where it cannot listen. Its state is in memory; blobs and nothing else lie in `stateDir`. */
export async function startReferenceRuntime(options: ReferenceRuntimeOptions): Promise<ReferenceRuntime> {
  mkdirSync(options.stateDir, { recursive: true });
  const silent: Logger = { debug: () => undefined };
  const state = new State({ stateDir: options.stateDir, plainHttpRegistries: options.plainHttpRegistries ?? [], logger: options.logger ?? silent });
  await state.streaming.listen();
  const server = createServer(state, options.mutators ?? []);
  const close = async (): Promise<void> => {
    state.close();
    await state.streaming.close();
    server.forceShutdown();
  };
  try {
    return { endpoint: await bind(server, options.listen), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Gives the endpoint with the port that it got. */
async function bind(server: grpc.Server, listen: string): Promise<string> {
  const { text, address, socketPath } = parseEndpoint(listen);
  if (socketPath !== undefined) await removeDeadSocket(socketPath);
  return new Promise((resolve, reject) => {
    server.bindAsync(address.replace(/^dns:\/\/\//, ""), grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(socketPath === undefined ? text.replace(/:\d+$/, `:${port}`) : text);
      else reject(cannotListen(listen, error));
    });
  });
}
