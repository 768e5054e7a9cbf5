import { existsSync } from "node:fs";
import type { Message } from "../cri/message.ts";
import { refuse, requireId } from "./call-error.ts";
import { newId, nowNs } from "./clock.ts";
import { dropContainer } from "./containers.ts";
import { child, children, enumName, integer, table, text } from "./fields.ts";
import { passes } from "./filters.ts";
import { killContainer } from "./lifecycle.ts";
import { publish } from "./notify.ts";
import { containerStatusMessage, sandboxStatus } from "./statuses.ts";
import { firstTraffic } from "./pod-network.ts";
import type { Sandbox, State } from "./state.ts";

/** RunPodSandbox: all is checked before anything is made, so a refusal leaves nothing. */
export function runPodSandbox(state: State, request: Message): Message {
  const config = child(request, "config") ?? refuse("INVALID_ARGUMENT", "config is missing");
  const handler = state.requireHandler(text(request, "runtime_handler"));
  checkMetadata(state, config);
  checkPorts(config);
  checkLinux(config);
  const hostNetwork = enumName(namespaceOptions(config), "network", "POD") === "NODE";
  const linux = child(config, "linux");
  const sandbox: Sandbox = {
    id: newId(), config, labels: table(config, "labels"), handler, createdAt: nowNs(), hostNetwork, state: "SANDBOX_READY",
    ip: hostNetwork ? "" : state.freeAddress(), network: state.network, traffic: firstTraffic(), removed: { cpuNs: 0n, faulted: 0n }, overhead: child(linux, "overhead"), resources: child(linux, "resources"),
  };
  state.sandboxes.set(sandbox.id, sandbox);
  publish(state, sandbox, sandbox.id, "CONTAINER_CREATED_EVENT");
  publish(state, sandbox, sandbox.id, "CONTAINER_STARTED_EVENT");
  return { pod_sandbox_id: sandbox.id };
}

function checkMetadata(state: State, config: Message): void {
  const metadata = child(config, "metadata") ?? refuse("INVALID_ARGUMENT", "config.metadata is missing");
  for (const field of ["name", "uid", "namespace"]) {
    if (text(metadata, field) === "") refuse("INVALID_ARGUMENT", `config.metadata.${field} must not be empty`);
  }
  const key = metadataKey(metadata);
  const twin = [...state.sandboxes.values()].find((other) => metadataKey(child(other.config, "metadata")) === key);
  if (twin !== undefined) refuse("ALREADY_EXISTS", `pod sandbox ${twin.id} has the same metadata`);
}

function metadataKey(metadata: Message | undefined): string {
  return JSON.stringify(["name", "namespace", "uid"].map((field) => text(metadata, field)).concat(String(integer(metadata, "attempt"))));
}

function checkPorts(config: Message): void {
  for (const mapping of children(config, "port_mappings")) {
    const port = integer(mapping, "host_port");
    if (port < 0n || port > 65_535n) refuse("INVALID_ARGUMENT", `host_port ${port} is no port`);
  }
}

function checkLinux(config: Message): void {
  const security = child(child(config, "linux"), "security_context");
  if (child(security, "run_as_group") !== undefined && child(security, "run_as_user") === undefined) refuse("INVALID_ARGUMENT", "run_as_group needs run_as_user");
  for (const name of Object.keys(table(child(config, "linux"), "sysctls"))) {
    if (!existsSync(`/proc/sys/${name.replaceAll(".", "/")}`)) refuse("INVALID_ARGUMENT", `no sysctl ${name}`);
  }
  const userns = child(namespaceOptions(config), "userns_options");
  if (userns !== undefined && enumName(userns, "mode", "POD") !== "NODE") refuse("INVALID_ARGUMENT", "user namespaces are not supported by this handler");
}

function namespaceOptions(config: Message): Message | undefined {
  return child(child(child(config, "linux"), "security_context"), "namespace_options");
}

/** StopPodSandbox: an unknown id is success (StopPodSandbox-05). */
export function stopPodSandbox(state: State, request: Message): Message {
  const sandbox = state.sandboxes.get(requireId(text(request, "pod_sandbox_id"), "pod_sandbox_id"));
  if (sandbox !== undefined) stop(state, sandbox);
  return {};
}

function stop(state: State, sandbox: Sandbox): void {
  for (const container of state.containersOf(sandbox)) killContainer(container);
  if (sandbox.state === "SANDBOX_NOTREADY") return;
  sandbox.state = "SANDBOX_NOTREADY";
  sandbox.ip = "";
  publish(state, sandbox, sandbox.id, "CONTAINER_STOPPED_EVENT");
}

export function removePodSandbox(state: State, request: Message): Message {
  const sandbox = state.sandboxes.get(requireId(text(request, "pod_sandbox_id"), "pod_sandbox_id"));
  if (sandbox === undefined) return {};
  stop(state, sandbox);
  for (const container of state.containersOf(sandbox)) dropContainer(state, container);
  state.sandboxes.delete(sandbox.id);
  publish(state, sandbox, sandbox.id, "CONTAINER_DELETED_EVENT");
  return {};
}

export function podSandboxStatus(state: State, request: Message): Message {
  const sandbox = state.sandbox(text(request, "pod_sandbox_id"));
  const info = request["verbose"] === true ? { info: { sandbox: JSON.stringify({ ip: sandbox.ip, handler: sandbox.handler, simulated: true }) } } : {};
  const containers = state.containersOf(sandbox).map(containerStatusMessage);
  return { status: sandboxStatus(sandbox), containers_statuses: containers, timestamp: nowNs(), ...info };
}

export function listPodSandbox(state: State, request: Message): Message {
  const filter = child(request, "filter");
  const found = [...state.sandboxes.values()].filter((sandbox) => passes(sandbox, filter, "SANDBOX_READY"));
  return { items: found.map(summary) };
}

function summary(sandbox: Sandbox): Message {
  return {
    id: sandbox.id, metadata: child(sandbox.config, "metadata") ?? {}, state: sandbox.state, created_at: sandbox.createdAt,
    labels: sandbox.labels, annotations: table(sandbox.config, "annotations"), runtime_handler: sandbox.handler,
  };
}

export function updatePodSandboxResources(state: State, request: Message): Message {
  const sandbox = state.sandbox(text(request, "pod_sandbox_id"));
  sandbox.overhead = child(request, "overhead") ?? sandbox.overhead;
  sandbox.resources = child(request, "resources") ?? sandbox.resources;
  return {};
}
