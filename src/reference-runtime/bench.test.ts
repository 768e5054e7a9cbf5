import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import grpc from "@grpc/grpc-js";
import { after, before } from "mocha";
import { decodeMessage, encodeMessage } from "../cri/convert.ts";
import type { Message } from "../cri/message.ts";
import { criSchema, type RpcSchema } from "../cri/schema.ts";
import { grpcCodeName, type GrpcCode } from "../model/grpc-code.ts";
import { startRegistry, type Registry } from "../oci/registry-server.ts";
import { createTestImages, type TestImages } from "../oci/test-images.ts";
import { startReferenceRuntime, type ReferenceRuntime } from "./start.ts";
import type { Mutator } from "./server.ts";
import { child, isMessage, text } from "./fields.ts";

export interface Reply {
  readonly code: GrpcCode;
  readonly details: string;
  readonly message: Message;
}

export interface Bench {
  readonly directory: string;
  readonly images: TestImages;
  call(rpc: string, request?: Message): Promise<Reply>;
  ok(rpc: string, request?: Message): Promise<Message>;
  stream(rpc: string, request?: Message): grpc.ClientReadableStream<Message>;
  pod(name: string): Promise<{ id: string; config: Message }>;
  container(pod: { id: string; config: Message }, name: string, run: readonly string[], more?: Message): Promise<string>;
  status(id: string): Promise<Message>;
  exited(id: string): Promise<Message>;
}

/** A runtime and a registry for the tests of one block, with a client that treats statuses as data. */
export function useBench(mutators: readonly Mutator[] = []): () => Bench {
  let bench: (Bench & { close(): Promise<void> }) | undefined;
  before(async () => { bench = await open(mutators); });
  after(async () => { await bench?.close(); });
  return () => {
    if (bench === undefined) throw new Error("the runtime is not up yet");
    return bench;
  };
}

async function open(mutators: readonly Mutator[]): Promise<Bench & { close(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), "reference-"));
  const registry: Registry = await startRegistry({ host: "127.0.0.1", port: 0 });
  const images = createTestImages({ registry, probe: null });
  const runtime: ReferenceRuntime = await startReferenceRuntime({ listen: `unix://${directory}/cri.sock`, stateDir: join(directory, "state"), mutators });
  const client = new grpc.Client(runtime.endpoint, grpc.credentials.createInsecure(), { "grpc.max_receive_message_length": -1 });
  const call = (rpc: string, request: Message = {}): Promise<Reply> => new Promise((resolve) => {
    const { path, requestType, responseType } = schemaOf(rpc);
    client.makeUnaryRequest(path, (message: Message) => Buffer.from(encodeMessage("v1", requestType, message)), (bytes) => decodeMessage("v1", responseType, bytes), request, (error, message) => {
      resolve({ code: grpcCodeName(error?.code ?? 0), details: error?.details ?? "", message: message ?? {} });
    });
  });
  const ok = async (rpc: string, request: Message = {}): Promise<Message> => {
    const reply = await call(rpc, request);
    if (reply.code !== "OK") throw new Error(`${rpc}: ${reply.code} ${reply.details}`);
    return reply.message;
  };
  const status = async (id: string): Promise<Message> => child(await ok("ContainerStatus", { container_id: id }), "status") ?? {};
  await ok("PullImage", { image: { image: images.probeRef } });
  return {
    directory, images, call, ok, status,
    stream: (rpc, request = {}) => {
      const { path, requestType, responseType } = schemaOf(rpc);
      return client.makeServerStreamRequest(path, (message: Message) => Buffer.from(encodeMessage("v1", requestType, message)), (bytes) => decodeMessage("v1", responseType, bytes), request);
    },
    pod: async (name) => {
      const config = { metadata: { name, uid: `${name}-uid`, namespace: "test" }, hostname: `${name}-host`, log_directory: join(directory, "logs", name), labels: { app: name } };
      return { id: text(await ok("RunPodSandbox", { config }), "pod_sandbox_id"), config };
    },
    container: async (pod, name, run, more = {}) => {
      const config = { metadata: { name }, image: { image: images.probeRef }, command: ["/probe"], args: [...run], log_path: `${name}.log`, ...more };
      const id = text(await ok("CreateContainer", { pod_sandbox_id: pod.id, config, sandbox_config: pod.config }), "container_id");
      return id;
    },
    exited: async (id) => {
      for (;;) {
        const now = await status(id);
        if (now["state"] === "CONTAINER_EXITED") return now;
        await new Promise((resolve) => { setTimeout(resolve, 5); });
      }
    },
    close: async () => {
      client.close();
      await runtime.close();
      await registry.close();
      rmSync(directory, { recursive: true });
    },
  };
}

function schemaOf(rpc: string): RpcSchema {
  const found = criSchema("v1").rpcs.get(rpc);
  if (found === undefined) throw new Error(`no RPC ${rpc}`);
  return found;
}

/** All messages of a stream, until it ends. */
export async function collect(stream: grpc.ClientReadableStream<Message>): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const message of stream) if (isMessage(message)) messages.push(message);
  return messages;
}
