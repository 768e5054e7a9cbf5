import { join } from "node:path";
import type { Message } from "../cri/message.ts";
import { refuse, requireId } from "./call-error.ts";
import { newId, nowNs } from "./clock.ts";
import { checkSecurity, resolveMounts } from "./container-config.ts";
import { child, enumName, integer, table, text } from "./fields.ts";
import { passes } from "./filters.ts";
import { imageReference } from "./images.ts";
import { killContainer } from "./lifecycle.ts";
import { publish } from "./notify.ts";
import { criSignal } from "./signals.ts";
import type { Container, Sandbox, State } from "./state.ts";
import { keepUse } from "./stats.ts";
import { containerStatusMessage } from "./statuses.ts";
import { resolveIdentity } from "./users.ts";

/** CreateContainer: checked in full before it is listed (CreateContainer-11). */
export function createContainer(state: State, request: Message): Message {
  const sandbox = state.sandbox(text(request, "pod_sandbox_id"));
  const config = child(request, "config") ?? refuse("INVALID_ARGUMENT", "config is missing");
  checkName(state, sandbox, config);
  if (sandbox.state !== "SANDBOX_READY") refuse("FAILED_PRECONDITION", `pod sandbox ${sandbox.id} is not ready`);
  const name = text(child(config, "image"), "image");
  if (name === "") refuse("INVALID_ARGUMENT", "config.image.image must not be empty");
  const image = state.images.find(name) ?? refuse("NOT_FOUND", `no image ${JSON.stringify(name)}`);
  const security = child(child(config, "linux"), "security_context");
  checkSecurity(state, sandbox, config);
  const directory = text(sandbox.config, "log_directory");
  const logPath = text(config, "log_path");
  const resources = child(child(config, "linux"), "resources") ?? {};
  checkResources(resources);
  const container: Container = {
    id: newId(), sandbox, config, image, labels: table(config, "labels"), identity: resolveIdentity(security, image.config.user, image.files),
    mounts: resolveMounts(state, config), logPath: directory === "" || logPath === "" ? "" : join(directory, logPath), stopSignal: stopSignalOf(config, image.config.stopSignal),
    createdAt: nowNs(), state: "CONTAINER_CREATED", startedAt: 0n, finishedAt: 0n, exitCode: 0, reason: "", message: "",
    resources, log: undefined, process: undefined, execs: new Set(), execCpuNs: 0, execMemory: 0, restored: undefined, written: new Map(),
  };
  state.containers.set(container.id, container);
  publish(state, sandbox, container.id, "CONTAINER_CREATED_EVENT");
  return { container_id: container.id };
}

function checkName(state: State, sandbox: Sandbox, config: Message): void {
  const metadata = child(config, "metadata") ?? refuse("INVALID_ARGUMENT", "config.metadata is missing");
  const name = text(metadata, "name");
  if (name === "") refuse("INVALID_ARGUMENT", "config.metadata.name must not be empty");
  const twin = state.containersOf(sandbox).find((other) => {
    const theirs = child(other.config, "metadata");
    return text(theirs, "name") === name && integer(theirs, "attempt") === integer(metadata, "attempt");
  });
  if (twin !== undefined) refuse("ALREADY_EXISTS", `container ${twin.id} has the same name and attempt`);
}

/** The config's signal, else the image's, else SIGTERM, in the CRI's name (StopContainer-07). */
function stopSignalOf(config: Message, fromImage: string): string {
  const given = enumName(config, "stop_signal", "SIGNAL_RUNTIME_DEFAULT");
  if (given !== "SIGNAL_RUNTIME_DEFAULT") return given;
  const image = fromImage === "" ? "SIGNAL_RUNTIME_DEFAULT" : criSignal(fromImage);
  return image === "SIGNAL_RUNTIME_DEFAULT" ? "SIGNAL_SIGTERM" : image;
}

/** RemoveContainer: from any state; an unknown id is success. */
export function removeContainer(state: State, request: Message): Message {
  const container = state.containers.get(requireId(text(request, "container_id"), "container_id"));
  if (container !== undefined) {
    killContainer(container);
    dropContainer(state, container);
  }
  return {};
}

/** Forgets a container that no longer runs. Its log stays: it belongs to the caller (RemoveContainer-05). */
export function dropContainer(state: State, container: Container): void {
  state.containers.delete(container.id);
  keepUse(container);
  publish(state, container.sandbox, container.id, "CONTAINER_DELETED_EVENT");
}

export function listContainers(state: State, request: Message): Message {
  const filter = child(request, "filter");
  const found = [...state.containers.values()].filter((container) => passes({ ...container, sandboxId: container.sandbox.id }, filter, "CONTAINER_CREATED"));
  return {
    containers: found.map((container) => ({
      id: container.id, pod_sandbox_id: container.sandbox.id, metadata: child(container.config, "metadata") ?? {}, image: child(container.config, "image") ?? {},
      image_ref: imageReference(container.image), state: container.state, created_at: container.createdAt, labels: container.labels,
      annotations: table(container.config, "annotations"), image_id: container.image.id,
    })),
  };
}

export function containerStatus(state: State, request: Message): Message {
  const container = state.container(text(request, "container_id"));
  const info = request["verbose"] === true ? { info: { container: JSON.stringify({ pid: container.process?.spec.pid ?? 0, simulated: true }) } } : {};
  return { status: containerStatusMessage(container), ...info };
}

/** UpdateContainerResources: zero and empty mean "leave as it is" (UpdateContainerResources-03). */
export function updateContainerResources(state: State, request: Message): Message {
  const container = state.container(text(request, "container_id"));
  if (container.state === "CONTAINER_EXITED") refuse("FAILED_PRECONDITION", `container ${container.id} has exited`);
  const given = Object.entries(child(request, "linux") ?? {}).filter(([, value]) => isSet(value));
  const merged = { ...container.resources, ...Object.fromEntries(given) };
  checkResources(merged);
  container.resources = merged;
  return {};
}

function isSet(value: unknown): boolean {
  if (value === 0n || value === "" || value === undefined) return false;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}

function checkResources(resources: Message): void {
  const memory = integer(resources, "memory_limit_in_bytes");
  if (memory !== 0n && memory < 4n << 20n) refuse("INVALID_ARGUMENT", `memory limit ${memory} is below the minimum of 4 MiB`);
  const quota = integer(resources, "cpu_quota");
  if (quota > 0n && quota < 1000n) refuse("INVALID_ARGUMENT", `cpu_quota ${quota} is below the minimum of 1000 µs`);
  const swap = integer(resources, "memory_swap_limit_in_bytes");
  if (swap > 0n && memory > swap) refuse("INVALID_ARGUMENT", "the limit of memory and swap is below that of memory");
}
