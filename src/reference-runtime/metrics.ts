import type { Message } from "../cri/message.ts";
import { child, text } from "./fields.ts";
import type { Container, Sandbox, State } from "./state.ts";
import { cpuOf, memoryOf } from "./stats.ts";

const keys = ["id", "name", "image", "container", "pod", "namespace"];

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "COUNTER" | "GAUGE";
  readonly read: (container: Container) => bigint;
}

const metrics: readonly Metric[] = [
  { name: "container_cpu_usage_seconds_total", help: "Processor time used, in seconds.", type: "COUNTER", read: (container) => cpuOf(container) / 1_000_000_000n },
  { name: "container_memory_usage_bytes", help: "Memory in use, in bytes.", type: "GAUGE", read: memoryOf },
  { name: "container_memory_working_set_bytes", help: "Memory that cannot be reclaimed, in bytes.", type: "GAUGE", read: memoryOf },
  { name: "container_memory_rss", help: "Anonymous memory, in bytes.", type: "GAUGE", read: memoryOf },
  { name: "container_processes", help: "Processes that run.", type: "GAUGE", read: (container) => (container.state === "CONTAINER_RUNNING" ? 1n + BigInt(container.execs.size) : 0n) },
  { name: "container_start_time_seconds", help: "When it was started, seconds since the epoch.", type: "GAUGE", read: (container) => container.startedAt / 1_000_000_000n },
];

export function listMetricDescriptors(): Message {
  return { descriptors: metrics.map(({ name, help }) => ({ name, help, label_keys: keys })) };
}

export function listPodSandboxMetrics(state: State): Message {
  return {
    pod_metrics: [...state.sandboxes.values()].map((sandbox) => ({
      pod_sandbox_id: sandbox.id, metrics: [],
      container_metrics: state.containersOf(sandbox).filter((container) => container.state === "CONTAINER_RUNNING")
        .map((container) => ({ container_id: container.id, metrics: metrics.map((metric) => sample(metric, sandbox, container)) })),
    })),
  };
}

function sample(metric: Metric, sandbox: Sandbox, container: Container): Message {
  const pod = child(sandbox.config, "metadata");
  const name = text(child(container.config, "metadata"), "name");
  // Timestamp 0: sampled for this answer.
  return {
    name: metric.name, timestamp: 0n, metric_type: metric.type, value: { value: metric.read(container) },
    label_values: [container.id, name, text(child(container.config, "image"), "image"), name, text(pod, "name"), text(pod, "namespace")],
  };
}
