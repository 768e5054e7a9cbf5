import type { Message } from "../cri/message.ts";
import { nowNs } from "./clock.ts";
import { child, integer, table, text } from "./fields.ts";
import { passes } from "./filters.ts";
import type { Container, Sandbox, State } from "./state.ts";

const baseMemory = 2n << 20n;

export function containerStats(state: State, request: Message): Message {
  return { stats: statsOf(state, state.container(text(request, "container_id"))) };
}

/** ListContainerStats: running containers only. */
export function listContainerStats(state: State, request: Message): Message {
  const filter = child(request, "filter");
  const found = running(state).filter((container) => passes({ ...container, sandboxId: container.sandbox.id }, filter, ""));
  return { stats: found.map((container) => statsOf(state, container)) };
}

export function podSandboxStats(state: State, request: Message): Message {
  return { stats: podStatsOf(state, state.sandbox(text(request, "pod_sandbox_id"))) };
}

export function listPodSandboxStats(state: State, request: Message): Message {
  const filter = child(request, "filter");
  const ready = [...state.sandboxes.values()].filter((sandbox) => sandbox.state === "SANDBOX_READY");
  return { stats: ready.filter((sandbox) => passes(sandbox, filter, "")).map((sandbox) => podStatsOf(state, sandbox)) };
}

function running(state: State): Container[] {
  return [...state.containers.values()].filter((container) => container.state === "CONTAINER_RUNNING");
}

function attributes(object: Container | Sandbox): Message {
  return { id: object.id, metadata: child(object.config, "metadata") ?? {}, labels: object.labels, annotations: table(object.config, "annotations") };
}

function statsOf(state: State, container: Container): Message {
  const timestamp = nowNs();
  const files = [...container.written.values()].reduce((sum, content) => sum + content.length, 0);
  const [limit, swap] = [integer(container.resources, "memory_limit_in_bytes"), integer(container.resources, "memory_swap_limit_in_bytes")];
  return {
    attributes: attributes(container), cpu: cpu(timestamp, cpuOf(container), container.startedAt), memory: memory(timestamp, { used: memoryOf(container), faulted: faultedOf(container), limit }),
    writable_layer: { timestamp, fs_id: { mountpoint: state.images.directory }, used_bytes: { value: BigInt(files) }, inodes_used: { value: BigInt(container.written.size + 1) } },
    swap: { timestamp, swap_usage_bytes: { value: 0n }, ...(swap > 0n && limit > 0n ? { swap_available_bytes: { value: swap - limit } } : {}) },
  };
}

/** Simulated: a millionth of the time, and what the processes burned. */
export function cpuOf(container: Container): bigint {
  if (container.startedAt === 0n) return 0n;
  const until = container.finishedAt === 0n ? nowNs() : container.finishedAt;
  const burned = [container.process, ...container.execs].reduce((sum, process) => sum + (process?.cpuNs ?? 0), container.execCpuNs);
  return (until - container.startedAt) / 1000n + BigInt(Math.round(burned));
}

export function memoryOf(container: Container): bigint {
  if (container.state !== "CONTAINER_RUNNING") return 0n;
  return baseMemory + [container.process, ...container.execs].reduce((sum, process) => sum + BigInt(process?.memory ?? 0), 0n);
}

/** All that its processes ever touched: page faults do not come back. */
function faultedOf(container: Container): bigint {
  return baseMemory + BigInt(container.execMemory) + [container.process, ...container.execs].reduce((sum, process) => sum + BigInt(process?.memory ?? 0), 0n);
}

/** Each page that was touched was one. */
export function faultsOf(container: Container): bigint {
  return faultedOf(container) / 4096n;
}

/** Counters of a PodSandbox do not fall when a container is removed. */
export function keepUse(container: Container): void {
  const { removed } = container.sandbox;
  removed.cpuNs += cpuOf(container);
  removed.faulted += faultedOf(container);
}

/** The window that the rate is averaged over is the whole life. */
function cpu(timestamp: bigint, used: bigint, since: bigint): Message {
  const age = since === 0n || timestamp <= since ? 1n : timestamp - since;
  return { timestamp, usage_core_nano_seconds: { value: used }, usage_nano_cores: { value: (used * 1_000_000_000n) / age } };
}

interface MemoryUse {
  readonly used: bigint;
  readonly faulted: bigint;
  /** 0 is none. */
  readonly limit: bigint;
}

function memory(timestamp: bigint, { used, faulted, limit }: MemoryUse): Message {
  const available = limit > 0n ? { available_bytes: { value: limit > used ? limit - used : 0n } } : {};
  return {
    timestamp, working_set_bytes: { value: used }, usage_bytes: { value: used }, rss_bytes: { value: used },
    page_faults: { value: faulted / 4096n }, major_page_faults: { value: 0n }, ...available,
  };
}

function podStatsOf(state: State, sandbox: Sandbox): Message {
  const timestamp = nowNs();
  const containers = state.containersOf(sandbox);
  const live = containers.filter((container) => container.state === "CONTAINER_RUNNING");
  const used = { cpu: containers.reduce((sum, container) => sum + cpuOf(container), sandbox.removed.cpuNs + (timestamp - sandbox.createdAt) / 1_000_000n), memory: live.reduce((sum, container) => sum + memoryOf(container), 1n << 20n) };
  const processes = live.reduce((sum, container) => sum + 1n + BigInt(container.execs.size), 1n);
  const { traffic } = sandbox;
  const errors = { value: 0n };
  const faulted = containers.reduce((sum, container) => sum + faultedOf(container), sandbox.removed.faulted + (1n << 20n));
  return {
    attributes: attributes(sandbox),
    linux: {
      cpu: cpu(timestamp, used.cpu, sandbox.createdAt), memory: memory(timestamp, { used: used.memory, faulted, limit: 0n }), process: { timestamp, process_count: { value: processes } },
      network: { timestamp, default_interface: { name: "eth0", rx_bytes: { value: traffic.rx }, rx_errors: errors, tx_bytes: { value: traffic.tx }, tx_errors: errors }, interfaces: [] },
      containers: live.map((container) => statsOf(state, container)),
    },
  };
}
