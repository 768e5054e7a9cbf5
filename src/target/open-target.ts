/** Opens a target: its channel, and all that suites may ask about the runtime and the host. */
import type { CriClient } from "../cri/client.ts";
import { parseEndpoint } from "../cri/endpoint.ts";
import { TargetUnreachableError } from "../cri/errors.ts";
import { connectBest, connectCri } from "../cri/grpc-client.ts";
import type { Message } from "../cri/message.ts";
import { referenceRuntimeName } from "../model/reference.ts";
import { type HostFacts, readHost, sharesHost } from "./host.ts";
import { type Endpoints, resolveEndpoints } from "./options.ts";
import { answeredRpcs } from "./probe-rpcs.ts";
import { type Exclusion, readProfile } from "./profile.ts";

export interface TargetOptions {
  readonly runtimeEndpoint?: string;
  readonly imageEndpoint?: string;
  /** For the handshake. */
  readonly timeoutMs?: number;
  /** Configuration of crictl. */
  readonly config?: string;
  /** Name or file. */
  readonly profile?: string;
  /** Runtime handler of the run; "" is the default one. */
  readonly handler?: string;
  /** The runtime simulates its processes: nothing of the host is judged on it. The reference runtime says so itself. */
  readonly embedded?: boolean;
  readonly restartCommand?: readonly string[];
  readonly cniControlDir?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** `target.…` in CEL. */
export type TargetFacts = {
  readonly version: Message;
  readonly status: Message;
  /** RuntimeConfigResponse; null where the runtime has none. */
  readonly config: Message | null;
  /** RuntimeHandler of the run; only a name where the runtime does not list it. */
  readonly handler: Message;
  readonly handlers: readonly string[];
  readonly rpcs: readonly string[];
  readonly v1alpha2: boolean;
};

/** `host.…` in CEL: facts of the host, and what the harness can do to it. */
export type TargetHost = HostFacts & { readonly embedded: boolean; readonly shares: boolean; readonly restart: boolean; readonly cni_fault: boolean };

/** What the verbs may touch beside the wire. */
export interface TargetServices {
  readonly sharesHost: boolean;
  readonly runtimeSocket?: string;
  readonly restartCommand?: readonly string[];
  readonly cniControlDir?: string;
}

export interface Target {
  readonly client: CriClient;
  /** Present when the runtime serves v1alpha2 too. */
  readonly olderClient?: CriClient;
  readonly endpoint: string;
  readonly imageEndpoint: string;
  readonly facts: TargetFacts;
  readonly host: TargetHost;
  readonly sharesHost: boolean;
  readonly hostServices: TargetServices;
  readonly handlerFacts: Message;
  /** The Kubernetes minor that the profile names, else the newest known. */
  readonly contract: string;
  /** Features that the profile claims. */
  readonly claims: readonly string[];
  /** Cases that the profile says do not apply. */
  readonly excludes: readonly Exclusion[];
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  /** One more channel of the same kind; the caller closes it. */
  connect(): Promise<CriClient>;
  close(): void;
}

/** The newest contract that the requirements know. */
const newestContract = "1.37";
/** A runtime under load may think for a while; it is asked once. */
const questionMs = 10_000;

/** Connects and asks. Throws USAGE without an endpoint, TargetUnreachableError where nothing speaks CRI. */
export async function openTarget(options: TargetOptions): Promise<Target> {
  const endpoints = resolveEndpoints({ ...options, ...(options.config === undefined ? {} : { configFile: options.config }) }, options.env ?? process.env);
  const profile = readProfile(options.profile);
  const connect = { runtimeEndpoint: endpoints.runtimeEndpoint, imageEndpoint: endpoints.imageEndpoint, connectTimeoutMs: endpoints.timeoutMs };
  const client = await connectBest(connect);
  try {
    const [older, learnt] = await Promise.all([olderClient(client, endpoints), learn(client, options.handler ?? "")]);
    const runtimeName = textOf(learnt.version["runtime_name"]);
    const embedded = options.embedded === true || runtimeName === referenceRuntimeName;
    const services = servicesOf(endpoints, options, embedded);
    const facts = { ...learnt, v1alpha2: older !== undefined || client.api === "v1alpha2" };
    return {
      client, ...(older === undefined ? {} : { olderClient: older }), endpoint: endpoints.runtimeEndpoint, imageEndpoint: endpoints.imageEndpoint,
      facts, host: hostOf(services, embedded), sharesHost: services.sharesHost, hostServices: services, handlerFacts: facts.handler,
      contract: profile.contract ?? newestContract, claims: profile.claims, excludes: profile.excludes,
      runtimeName, runtimeVersion: textOf(facts.version["runtime_version"]),
      connect: () => connectCri({ ...connect, api: client.api }),
      close() {
        client.close();
        older?.close();
      },
    };
  } catch (thrown) {
    client.close();
    throw thrown;
  }
}

async function olderClient(client: CriClient, endpoints: Endpoints): Promise<CriClient | undefined> {
  if (client.api === "v1alpha2") return undefined;
  try {
    return await connectCri({ ...endpoints, connectTimeoutMs: endpoints.timeoutMs, api: "v1alpha2" });
  } catch (thrown) {
    // Most runtimes have dropped it: that is an answer.
    if (thrown instanceof TargetUnreachableError) return undefined;
    throw thrown;
  }
}

async function learn(client: CriClient, handler: string): Promise<Omit<TargetFacts, "v1alpha2">> {
  const ask = async (rpc: string, request: Message): Promise<Message | undefined> => {
    const { code, responses } = await client.call(rpc, request, { deadlineMs: questionMs });
    return code === "OK" ? responses[0] : undefined;
  };
  const [version, status, config, rpcs] = await Promise.all([
    ask("Version", {}), ask("Status", { verbose: true }), client.api === "v1" ? ask("RuntimeConfig", {}) : undefined, answeredRpcs(client, questionMs),
  ]);
  const listed = messagesIn(status?.["runtime_handlers"]);
  return {
    version: version ?? {}, status: status ?? {}, config: config ?? null, rpcs,
    handler: listed.find((item) => item["name"] === handler) ?? { name: handler },
    // The kubelet's default is "", listed or not.
    handlers: [...new Set(["", ...listed.map((item) => textOf(item["name"]))])],
  };
}

function servicesOf(endpoints: Endpoints, options: TargetOptions, embedded: boolean): TargetServices {
  const endpoint = parseEndpoint(endpoints.runtimeEndpoint);
  return {
    sharesHost: embedded || sharesHost(endpoint),
    ...(endpoint.socketPath === undefined ? {} : { runtimeSocket: endpoint.socketPath }),
    ...(options.restartCommand === undefined ? {} : { restartCommand: options.restartCommand }),
    ...(options.cniControlDir === undefined ? {} : { cniControlDir: options.cniControlDir }),
  };
}

function hostOf(services: TargetServices, embedded: boolean): TargetHost {
  return {
    ...readHost(), embedded, shares: services.sharesHost,
    restart: services.restartCommand !== undefined, cni_fault: services.cniControlDir !== undefined,
  };
}

function messagesIn(value: unknown): Message[] {
  const items: unknown[] = Array.isArray(value) ? value : [];
  return items.map((item) => (typeof item === "object" && item !== null ? { ...item } : {}));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
