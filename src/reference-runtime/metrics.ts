import type { Message } from "../cri/message.ts";
import { nowNs } from "./clock.ts";
import { child, text } from "./fields.ts";
import type { Container, Sandbox, State } from "./state.ts";
import { cpuOf, memoryOf } from "./stats.ts";

const keys = ["pod", "namespace", "container", "id", "image"];

interface Metric<Of> {
  readonly name: string;
  readonly help: string;
  readonly type: "COUNTER" | "GAUGE";
  readonly read: (object: Of) => bigint;
}

/** Of a PodSandbox, for its one interface. */
const podMetrics: readonly Metric<Sandbox>[] = [
  { name: "container_network_receive_bytes_total", help: "Bytes received.", type: "COUNTER", read: ({ traffic }) => traffic.rx },
  { name: "container_network_transmit_bytes_total", help: "Bytes sent.", type: "COUNTER", read: ({ traffic }) => traffic.tx },
];

const containerMetrics: readonly Metric<Container>[] = [
  { name: "container_cpu_usage_seconds_total", help: "Processor time used, in seconds.", type: "COUNTER", read: (container) => cpuOf(container) / 1_000_000_000n },
  { name: "container_memory_usage_bytes", help: "Memory in use, in bytes.", type: "GAUGE", read: memoryOf },
  { name: "container_memory_working_set_bytes", help: "Memory that cannot be reclaimed, in bytes.", type: "GAUGE", read: memoryOf },
  { name: "container_memory_rss", help: "Anonymous memory, in bytes.", type: "GAUGE", read: memoryOf },
  { name: "container_processes", help: "Processes that run.", type: "GAUGE", read: (container) => 1n + BigInt(container.execs.size) },
  { name: "container_last_seen", help: "When it was last looked at, seconds since the epoch.", type: "GAUGE", read: () => nowNs() / 1_000_000_000n },
  { name: "container_start_time_seconds", help: "When it was started, seconds since the epoch.", type: "GAUGE", read: (container) => container.startedAt / 1_000_000_000n },
];

export function listMetricDescriptors(): Message {
  return {
    descriptors: [
      ...containerMetrics.map(({ name, help }) => ({ name, help, label_keys: keys })),
      ...podMetrics.map(({ name, help }) => ({ name, help, label_keys: [...keys, "interface"] })),
    ],
  };
}

export function listPodSandboxMetrics(state: State): Message {
  const ready = [...state.sandboxes.values()].filter((sandbox) => sandbox.state === "SANDBOX_READY");
  return {
    pod_metrics: ready.map((sandbox) => ({
      pod_sandbox_id: sandbox.id,
      metrics: sandbox.hostNetwork ? [] : podMetrics.map((metric) => sample(metric, sandbox, [...podLabels(sandbox), "", sandbox.id, "", "eth0"])),
      container_metrics: state.containersOf(sandbox).filter((container) => container.state === "CONTAINER_RUNNING")
        .map((container) => ({ container_id: container.id, metrics: containerMetrics.map((metric) => sample(metric, container, containerLabels(container))) })),
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

function sample<Of>(metric: Metric<Of>, object: Of, labels: readonly string[]): Message {
  return { name: metric.name, timestamp: nowNs(), metric_type: metric.type, value: { value: metric.read(object) }, label_values: labels };
}
