/** Checkpoints: what a process did to its files is kept, its memory is not. Restored, its command begins anew. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { Message } from "../cri/message.ts";
import { tar } from "../oci/tar.ts";
import { refuse } from "./call-error.ts";
import { createContainer } from "./containers.ts";
import { child, children, integer, isMessage, table, text, texts } from "./fields.ts";
import { specOf } from "./launch.ts";
import type { ProcessSpec } from "./process.ts";
import { removePodSandbox, runPodSandbox } from "./sandboxes.ts";
import type { Container, State } from "./state.ts";

const fileName = "pod.json";

/** What a checkpoint holds of one container: plain JSON. */
interface Captured {
  readonly name: string;
  /** What the config of a restore must say too (RestorePod-08). */
  readonly expected: string;
  readonly spec: Omit<ProcessSpec, "pid">;
  /** Path to base64. */
  readonly written: Readonly<Record<string, string>>;
}

interface PodCheckpoint {
  readonly handler: string;
  readonly containers: readonly Captured[];
}

/** CheckpointContainer: an archive at the location; the container runs on. */
export function checkpointContainer(state: State, request: Message): Message {
  const container = state.running(text(request, "container_id"));
  const location = text(request, "location");
  if (!isAbsolute(location)) refuse("INVALID_ARGUMENT", `location ${JSON.stringify(location)} is no absolute path`);
  if (integer(request, "timeout") < 0n) refuse("INVALID_ARGUMENT", "timeout must not be negative");
  const content = Buffer.from(JSON.stringify(capture(container)));
  try {
    writeFileSync(location, tar([{ path: "container.json", type: "file", mode: 0o600, content }]), { mode: 0o600 });
  } catch (error) {
    refuse("UNKNOWN", `cannot write the checkpoint: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {};
}

/** CheckpointPod: all or nothing, in one synchronous stretch: no container does anything meanwhile, and each goes on after it. */
export function checkpointPod(state: State, request: Message): Message {
  const sandbox = state.sandbox(text(request, "pod_sandbox_id"));
  if (sandbox.state !== "SANDBOX_READY") refuse("FAILED_PRECONDITION", `pod sandbox ${sandbox.id} is not ready`);
  refuseOptions(request);
  const ids = texts(request, "container_ids");
  if (ids.length === 0 || new Set(ids).size !== ids.length) refuse("INVALID_ARGUMENT", "container_ids must name each container once, and at least one");
  const selected = ids.map((id) => state.running(id));
  const stranger = selected.find((container) => container.sandbox !== sandbox);
  if (stranger !== undefined) refuse("INVALID_ARGUMENT", `container ${stranger.id} is not of pod sandbox ${sandbox.id}`);
  const target = join(emptyDirectory(text(request, "output_path")), fileName);
  const checkpoint: PodCheckpoint = { handler: sandbox.handler, containers: selected.map(capture) };
  try {
    writeFileSync(target, JSON.stringify(checkpoint), { mode: 0o600 });
  } catch (error) {
    rmSync(target, { force: true });
    refuse("UNKNOWN", `cannot write the checkpoint: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {};
}

/** RestorePod: sandbox and containers, created and not started; on an error neither. */
export function restorePod(state: State, request: Message): Message {
  refuseOptions(request);
  const handler = text(request, "runtime_handler");
  const checkpoint = readCheckpoint(text(request, "checkpoint_path"));
  if (state.requireHandler(handler) !== "" && handler !== checkpoint.handler && checkpoint.handler !== "") refuse("FAILED_PRECONDITION", `the checkpoint is of handler ${checkpoint.handler}`);
  const configs = paired(checkpoint, children(request, "container_configs"));
  const id = text(runPodSandbox(state, { config: request["config"], runtime_handler: handler }), "pod_sandbox_id");
  try {
    return { pod_sandbox_id: id, restored_containers: configs.map(([config, captured]) => restore(state, { id, config, captured, sandboxConfig: child(request, "config") })) };
  } catch (error) {
    removePodSandbox(state, { pod_sandbox_id: id });
    throw error;
  }
}

interface Restore {
  readonly id: string;
  readonly config: Message;
  readonly captured: Captured;
  readonly sandboxConfig: Message | undefined;
}

function restore(state: State, { id, config, captured, sandboxConfig }: Restore): Message {
  const made = text(createContainer(state, { pod_sandbox_id: id, config, sandbox_config: sandboxConfig }), "container_id");
  const container = state.container(made);
  container.restored = captured.spec;
  for (const [path, content] of Object.entries(captured.written)) container.written.set(path, Buffer.from(content, "base64"));
  return { name: captured.name, container_id: made };
}

/** Each config with what was captured under its name; refuses other sets of names and other processes. */
function paired(checkpoint: PodCheckpoint, configs: readonly Message[]): [Message, Captured][] {
  const names = configs.map(nameOf);
  if (new Set(names).size !== names.length || names.length !== checkpoint.containers.length) refuse("INVALID_ARGUMENT", "container_configs must name each container of the checkpoint once");
  return configs.map((config) => {
    const captured = checkpoint.containers.find(({ name }) => name === nameOf(config)) ?? refuse("INVALID_ARGUMENT", `the checkpoint has no container ${JSON.stringify(nameOf(config))}`);
    if (expectedOf(config) !== captured.expected) refuse("FAILED_PRECONDITION", `container ${captured.name} was checkpointed with another image, command, environment or working directory`);
    return [config, captured];
  });
}

function nameOf(config: Message): string {
  return text(child(config, "metadata"), "name");
}

function capture(container: Container): Captured {
  const written = Object.fromEntries([...container.written].map(([path, content]) => [path, content.toString("base64")]));
  return { name: nameOf(container.config), expected: expectedOf(container.config), spec: specOf(container), written };
}

function expectedOf(config: Message): string {
  const values = children(config, "envs").map((entry) => [text(entry, "key"), entry["value"] instanceof Uint8Array ? Buffer.from(entry["value"]).toString("base64") : entry["value"]]);
  return JSON.stringify([text(child(config, "image"), "image"), texts(config, "command"), texts(config, "args"), text(config, "working_dir"), values]);
}

function refuseOptions(request: Message): void {
  const [option] = Object.keys(table(request, "options"));
  if (option !== undefined) refuse("INVALID_ARGUMENT", `no option ${JSON.stringify(option)}`);
}

function emptyDirectory(path: string): string {
  if (!isAbsolute(path) || !existsSync(path)) return refuse("INVALID_ARGUMENT", `output_path ${JSON.stringify(path)} is no absolute path of a directory`);
  return readdirSync(path).length === 0 ? path : refuse("FAILED_PRECONDITION", `output_path ${JSON.stringify(path)} is not empty`);
}

function readCheckpoint(path: string): PodCheckpoint {
  const file = join(path, fileName);
  if (!isAbsolute(path) || !existsSync(file)) refuse("NOT_FOUND", `no checkpoint in ${JSON.stringify(path)}`);
  const found: unknown = JSON.parse(readFileSync(file, "utf8"));
  return isCheckpoint(found) ? found : refuse("FAILED_PRECONDITION", `${file} is no checkpoint`);
}

function isCheckpoint(value: unknown): value is PodCheckpoint {
  return isMessage(value) && typeof value["handler"] === "string" && children(value, "containers").every((one) => isMessage(one["spec"]) && isMessage(one["written"]));
}
