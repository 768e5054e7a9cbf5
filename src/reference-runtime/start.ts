import { mkdirSync } from "node:fs";
import grpc from "@grpc/grpc-js";
import { createServer, type Mutator } from "./server.ts";
import { State, type Logger } from "./state.ts";

export interface ReferenceRuntimeOptions {
  /** `unix:///path.sock`, or `127.0.0.1:0`. */
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

/** Starts a CRI runtime inside this process. Its state is in memory; blobs and nothing else lie in `stateDir`. */
export async function startReferenceRuntime(options: ReferenceRuntimeOptions): Promise<ReferenceRuntime> {
  mkdirSync(options.stateDir, { recursive: true });
  const silent: Logger = { debug: () => undefined };
  const state = new State({ stateDir: options.stateDir, plainHttpRegistries: options.plainHttpRegistries ?? [], logger: options.logger ?? silent });
  await state.streaming.listen();
  const server = createServer(state, options.mutators ?? []);
  const port = await bind(server, options.listen);
  return {
    endpoint: options.listen.startsWith("unix:") ? options.listen : options.listen.replace(/:\d+$/, `:${port}`),
    close: async () => {
      state.close();
      await state.streaming.close();
      server.forceShutdown();
    },
  };
}

function bind(server: grpc.Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
