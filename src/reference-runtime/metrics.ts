import type { Message } from "../cri/message.ts";
import { nowNs } from "./clock.ts";
import { child, integer, text } from "./fields.ts";
import type { Container, Sandbox, State } from "./state.ts";
import { cpuOf, faultsOf, memoryOf } from "./stats.ts";

const keys = ["pod", "namespace", "container", "id", "image"];
/** The most memory that each container was ever seen with. */
const recorded = new WeakMap<Container, bigint>();

interface Metric<Of> {
  readonly name: string;
  readonly help: string;
  readonly type: "COUNTER" | "GAUGE";
  /** Labels beyond those of all, with their values. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Undefined where there is nothing to tell. */
  readonly read: (object: Of) => bigint | undefined;
}

/** Of a PodSandbox, for its one interface. */
const podMetrics: readonly Metric<Sandbox>[] = [
  { name: "container_network_receive_bytes_total", help: "Bytes received.", type: "COUNTER", labels: { interface: "eth0" }, read: ({ traffic }) => traffic.rx },
  { name: "container_network_transmit_bytes_total", help: "Bytes sent.", type: "COUNTER", labels: { interface: "eth0" }, read: ({ traffic }) => traffic.tx },
];

const containerMetrics: readonly Metric<Container>[] = [
  { name: "container_cpu_usage_seconds_total", help: "Processor time used, in seconds.", type: "COUNTER", read: (container) => cpuOf(container) / 1_000_000_000n },
  { name: "container_memory_usage_bytes", help: "Memory in use, in bytes.", type: "GAUGE", read: memoryOf },
  { name: "container_memory_working_set_bytes", help: "Memory that cannot be reclaimed, in bytes.", type: "GAUGE", read: memoryOf },
  { name: "container_memory_rss", help: "Anonymous memory, in bytes.", type: "GAUGE", read: memoryOf },
  { name: "container_memory_max_usage_bytes", help: "Most memory that was in use, in bytes.", type: "GAUGE", read: peakOf },
  { name: "container_memory_swap", help: "Swap in use, in bytes.", type: "GAUGE", read: () => 0n },
  { name: "container_memory_failures_total", help: "Page faults.", type: "COUNTER", labels: { failure_type: "pgfault", scope: "container" }, read: faultsOf },
  { name: "container_spec_cpu_period", help: "Period of the processor quota, in microseconds.", type: "GAUGE", read: configured("cpu_period") },
  { name: "container_spec_cpu_quota", help: "Processor time in each period, in microseconds.", type: "GAUGE", read: configured("cpu_quota") },
  { name: "container_spec_cpu_shares", help: "Share of the processors.", type: "GAUGE", read: configured("cpu_shares") },
  { name: "container_spec_memory_limit_bytes", help: "Limit of memory, in bytes.", type: "GAUGE", read: configured("memory_limit_in_bytes") },
  { name: "container_processes", help: "Processes that run.", type: "GAUGE", read: (container) => 1n + BigInt(container.execs.size) },
  { name: "container_last_seen", help: "When it was last looked at, seconds since the epoch.", type: "GAUGE", read: () => nowNs() / 1_000_000_000n },
  { name: "container_start_time_seconds", help: "When it was started, seconds since the epoch.", type: "GAUGE", read: (container) => container.startedAt / 1_000_000_000n },
];

export function listMetricDescriptors(): Message {
  return {
    descriptors: [...containerMetrics, ...podMetrics].map(({ name, help, labels }) => ({ name, help, label_keys: [...keys, ...Object.keys(labels ?? {})] })),
  };
}

export function listPodSandboxMetrics(state: State): Message {
  const ready = [...state.sandboxes.values()].filter((sandbox) => sandbox.state === "SANDBOX_READY");
  return {
    pod_metrics: ready.map((sandbox) => ({
      pod_sandbox_id: sandbox.id,
      metrics: sandbox.hostNetwork ? [] : podMetrics.flatMap((metric) => sample(metric, sandbox, [...podLabels(sandbox), "", sandbox.id, ""])),
      container_metrics: state.containersOf(sandbox).filter((container) => container.state === "CONTAINER_RUNNING")
        .map((container) => ({ container_id: container.id, metrics: containerMetrics.flatMap((metric) => sample(metric, container, containerLabels(container))) })),
    })),
  };
}

function podLabels(sandbox: Sandbox): string[] {
  const metadata = child(sandbox.config, "metadata");
  return [text(metadata, "name"), text(metadata, "namespace")];
}

function containerLabels({ id, sandbox, config }: Container): string[] {
  return [...podLabels(sandbox), text(child(config, "metadata"), "name"), id, text(child(config, "image"), "image")];
}

function peakOf(container: Container): bigint {
  const [before, now] = [recorded.get(container) ?? 0n, memoryOf(container)];
  const peak = before > now ? before : now;
  recorded.set(container, peak);
  return peak;
}

/** A limit that nobody asked for is not told. */
function configured(field: string): (container: Container) => bigint | undefined {
  return ({ resources }) => {
    const value = integer(resources, field);
    return value > 0n ? value : undefined;
  };
}

function sample<Of>(metric: Metric<Of>, object: Of, labels: readonly string[]): Message[] {
  const value = metric.read(object);
  if (value === undefined) return [];
  return [{ name: metric.name, timestamp: nowNs(), metric_type: metric.type, value: { value }, label_values: [...labels, ...Object.values(metric.labels ?? {})] }];
}
