import { setMaxListeners } from "node:events";
import type { Message } from "../cri/message.ts";
import { refuse, requireId } from "./call-error.ts";
import { EventBus } from "./events.ts";
import { ImageStore, type StoredImage } from "./image-store.ts";
import type { ContainerLog } from "./logs.ts";
import type { ProcessSpec, SimulatedProcess } from "./process.ts";
import { PodNetwork, type Traffic } from "./pod-network.ts";
import { StreamingServer } from "./streaming.ts";
import type { Identity } from "./users.ts";

export interface Sandbox {
  readonly id: string;
  readonly config: Message;
  readonly labels: Record<string, string>;
  readonly handler: string;
  readonly createdAt: bigint;
  readonly hostNetwork: boolean;
  state: "SANDBOX_READY" | "SANDBOX_NOTREADY";
  ip: string;
  readonly network: PodNetwork;
  readonly traffic: Traffic;
  /** Processor time and page faults of containers that were removed: what a PodSandbox used, it has used. */
  readonly removed: { cpuNs: bigint; faulted: bigint };
  overhead: Message | undefined;
  resources: Message | undefined;
}

export interface Container {
  readonly id: string;
  readonly sandbox: Sandbox;
  readonly config: Message;
  readonly labels: Record<string, string>;
  readonly image: StoredImage;
  readonly identity: Identity;
  readonly mounts: Message[];
  readonly logPath: string;
  readonly stopSignal: string;
  readonly createdAt: bigint;
  state: "CONTAINER_CREATED" | "CONTAINER_RUNNING" | "CONTAINER_EXITED";
  startedAt: bigint;
  finishedAt: bigint;
  exitCode: number;
  reason: string;
  message: string;
  resources: Message;
  log: ContainerLog | undefined;
  process: SimulatedProcess | undefined;
  /** Commands that ExecSync and Exec run in it. */
  readonly execs: Set<SimulatedProcess>;
  /** Processor time and memory of those that ended. */
  execCpuNs: number;
  execMemory: number;
  /** What a checkpoint says that it goes on with. */
  restored: Omit<ProcessSpec, "pid"> | undefined;
  /** Files that its processes wrote, path to content. */
  readonly written: Map<string, Buffer>;
}

/** What a handler may know of its call. */
export interface CallContext {
  readonly signal: AbortSignal;
}

export interface Logger {
  debug(message: string): void;
}

export interface StateOptions {
  readonly stateDir: string;
  readonly plainHttpRegistries: readonly string[];
  readonly logger: Logger;
}

/** The default handler has two names. */
export const handlers: readonly string[] = ["", "reference"];

/** Everything that the runtime knows; handlers read and change it, each in one synchronous stretch. */
export class State {
  readonly sandboxes = new Map<string, Sandbox>();
  readonly containers = new Map<string, Container>();
  readonly events = new EventBus();
  readonly network = new PodNetwork(() => this.containers.values());
  readonly images: ImageStore;
  readonly streaming = new StreamingServer();
  readonly stateDir: string;
  readonly plainHttpRegistries: ReadonlySet<string>;
  readonly logger: Logger;
  readonly #closing = new AbortController();
  #address = 1;

  constructor(options: StateOptions) {
    this.stateDir = options.stateDir;
    this.plainHttpRegistries = new Set(options.plainHttpRegistries);
    this.logger = options.logger;
    this.images = new ImageStore(options.stateDir);
    // Each subscriber and each call that waits listens.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Aborted when the runtime goes down. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  sandbox(id: string): Sandbox {
    return this.sandboxes.get(requireId(id, "pod_sandbox_id")) ?? refuse("NOT_FOUND", `no pod sandbox ${JSON.stringify(id)}`);
  }

  container(id: string): Container {
    return this.containers.get(requireId(id, "container_id")) ?? refuse("NOT_FOUND", `no container ${JSON.stringify(id)}`);
  }

  /** A container whose process runs. */
  running(id: string): Container & { process: SimulatedProcess } {
    const container = this.container(id);
    const { process } = container;
    if (container.state !== "CONTAINER_RUNNING" || process === undefined) return refuse("FAILED_PRECONDITION", `container ${id} is not running: ${container.state}`);
    return Object.assign(container, { process });
  }

  containersOf(sandbox: Sandbox): Container[] {
    return [...this.containers.values()].filter((container) => container.sandbox === sandbox);
  }

  requireHandler(name: string): string {
    return handlers.includes(name) ? name : refuse("INVALID_ARGUMENT", `no runtime handler ${JSON.stringify(name)}`);
  }

  /** An address that no ready sandbox has. */
  freeAddress(): string {
    const used = new Set([...this.sandboxes.values()].map(({ ip }) => ip));
    for (let tries = 0; tries < 65_000; tries++) {
      this.#address = (this.#address % 65_000) + 1;
      const address = `10.88.${this.#address >> 8}.${this.#address & 255}`;
      if (!used.has(address)) return address;
    }
    return refuse("RESOURCE_EXHAUSTED", "no free pod address");
  }

  /** Ends all processes and everything that waits. */
  close(): void {
    this.#closing.abort();
    for (const container of this.containers.values()) {
      for (const exec of container.execs) exec.kill(9);
      container.process?.kill(9);
    }
  }
}
