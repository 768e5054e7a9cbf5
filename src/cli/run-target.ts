/** The target as the commands use it: the channel, and what suites may ask about runtime and host. */
import { existsSync } from "node:fs";
import { arch, platform, release } from "node:os";
import process from "node:process";
import type { CriClient } from "../cri/client.ts";
import { parseEndpoint } from "../cri/endpoint.ts";
import { connectBest, connectCri } from "../cri/grpc-client.ts";
import type { Message } from "../cri/message.ts";
import type { HostServices } from "../steps/step.ts";

export interface RunTarget {
  readonly client: CriClient;
  readonly olderClient?: CriClient;
  readonly endpoint: string;
  readonly imageEndpoint: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly host: Readonly<Record<string, unknown>>;
  readonly handlerFacts: unknown;
  readonly contract: string;
  readonly claims: readonly string[];
  readonly hostServices: HostServices;
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  close(): void;
}

export interface RunTargetOptions {
  readonly runtimeEndpoint: string;
  readonly imageEndpoint?: string;
  readonly timeoutMs: number;
  readonly handler: string;
  readonly embedded: boolean;
  readonly restartCommand?: readonly string[];
}

/** The newest contract that the requirements know. */
const newestContract = "1.37";

/** Connects, and learns what suites may ask. */
export async function openRunTarget(options: RunTargetOptions): Promise<RunTarget> {
  const endpoint = parseEndpoint(options.runtimeEndpoint);
  const connect = { runtimeEndpoint: options.runtimeEndpoint, ...(options.imageEndpoint === undefined ? {} : { imageEndpoint: options.imageEndpoint }), connectTimeoutMs: options.timeoutMs };
  const client = await connectBest(connect);
  const older = client.api === "v1" ? await connectCri({ ...connect, api: "v1alpha2" }).catch(() => undefined) : client;
  const facts: Record<string, unknown> = { ...(await learn(client, options.handler)), v1alpha2: older !== undefined };
  const version = messageIn(facts["version"]);
  return {
    client, ...(older === undefined ? {} : { olderClient: older }), endpoint: endpoint.text, imageEndpoint: options.imageEndpoint ?? endpoint.text,
    facts, host: hostFacts(options, endpoint.socketPath !== undefined), handlerFacts: facts["handler"], contract: newestContract, claims: [],
    hostServices: {
      sharesHost: !options.embedded && endpoint.socketPath !== undefined,
      ...(endpoint.socketPath === undefined ? {} : { runtimeSocket: endpoint.socketPath }),
      ...(options.restartCommand === undefined ? {} : { restartCommand: options.restartCommand }),
    },
    runtimeName: String(version["runtime_name"] ?? ""), runtimeVersion: String(version["runtime_version"] ?? ""),
    close() {
      client.close();
      older?.close();
    },
  };
}

async function learn(client: CriClient, handler: string): Promise<Record<string, unknown>> {
  const one = async (rpc: string): Promise<Message> => (await client.call(rpc, {})).responses[0] ?? {};
  const [version, status, config] = [await one("Version"), await one("Status"), await one("RuntimeConfig")];
  const listed = status["runtime_handlers"];
  const handlers = Array.isArray(listed) ? listed.map(messageIn) : [];
  return {
    version, status, config, handlers: handlers.map((item) => item["name"]),
    handler: handlers.find((item) => item["name"] === handler) ?? {},
  };
}

function messageIn(value: unknown): Message {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function hostFacts({ embedded, restartCommand }: RunTargetOptions, isLocal: boolean): Record<string, unknown> {
  return {
    os: platform(), arch: arch() === "x64" ? "amd64" : arch(), kernel: release(), root: process.getuid?.() === 0,
    cgroup_version: existsSync("/sys/fs/cgroup/cgroup.controllers") ? 2n : 1n, embedded,
    shares: !embedded && isLocal, cni_fault: false, restart: restartCommand !== undefined,
  };
}
