import { setTimeout as delay } from "node:timers/promises";
import type { Message } from "../cri/message.ts";
import { refuse, requireId } from "./call-error.ts";
import { nowNs } from "./clock.ts";
import { flag, integer, text, texts } from "./fields.ts";
import { launch, specOf } from "./launch.ts";
import { ContainerLog } from "./logs.ts";
import { publish } from "./notify.ts";
import type { SimulatedProcess } from "./process.ts";
import { signalNumber } from "./signals.ts";
import type { CallContext, Container, State } from "./state.ts";

/** ExecSync keeps so much of each stream. */
const outputLimit = 16 * 1024 * 1024;

/** StartContainer: only a created container in a ready sandbox starts; one that cannot run is EXITED with 128. */
export function startContainer(state: State, request: Message): Message {
  const container = state.container(text(request, "container_id"));
  if (container.state !== "CONTAINER_CREATED") refuse("FAILED_PRECONDITION", `container ${container.id} is not created but ${container.state}`);
  if (container.sandbox.state !== "SANDBOX_READY") refuse("FAILED_PRECONDITION", `pod sandbox ${container.sandbox.id} is not ready`);
  try {
    const { process, program } = launch(container, container.restored ?? specOf(container));
    if (container.logPath !== "") container.log = new ContainerLog(container.logPath);
    process.outputs.add((stream, bytes) => { container.log?.write(stream, bytes); });
    container.process = process;
    container.state = "CONTAINER_RUNNING";
    container.startedAt = nowNs();
    publish(state, container.sandbox, container.id, "CONTAINER_STARTED_EVENT");
    process.onEnd((code, oom) => { finish(state, container, code, oom ? "OOMKilled" : code === 0 ? "Completed" : "Error", ""); });
    process.run(program);
  } catch (error) {
    finish(state, container, 128, "ContainerCannotRun", error instanceof Error ? error.message : String(error));
    throw error;
  }
  return {};
}

function finish(state: State, container: Container, code: number, reason: string, message: string): void {
  for (const exec of container.execs) exec.kill(9);
  container.log?.close();
  container.log = undefined;
  Object.assign(container, { state: "CONTAINER_EXITED", exitCode: code, reason, message, finishedAt: nowNs() });
  publish(state, container.sandbox, container.id, "CONTAINER_STOPPED_EVENT");
}

/** Ends a running container at once. */
export function killContainer(container: Container): void {
  container.process?.kill(9);
}

/** StopContainer: the stop signal, then KILL once the grace is over; 0 kills at once. */
export async function stopContainer(state: State, request: Message): Promise<Message> {
  const container = state.containers.get(requireId(text(request, "container_id"), "container_id"));
  const process = container?.process;
  if (container === undefined || process === undefined || container.state !== "CONTAINER_RUNNING") return {};
  const grace = integer(request, "timeout");
  if (grace > 0n) {
    process.kill(signalNumber(container.stopSignal.replace("SIGNAL_", "")) ?? 15);
    await within(process, Number(grace) * 1000, state.closing);
  }
  process.kill(9);
  await process.ended;
  return {};
}

/** Whether the process ends in time. */
async function within(process: SimulatedProcess, ms: number, closing: AbortSignal): Promise<boolean> {
  const stop = new AbortController();
  const late = delay(Math.min(ms, 0x7fffffff), false, { signal: AbortSignal.any([stop.signal, closing]) }).catch(() => false);
  const ended = await Promise.race([process.ended.then(() => true), late]);
  stop.abort();
  return ended;
}

/** ExecSync: a failed command is data; a late one is killed and DEADLINE_EXCEEDED. */
export async function execSync(state: State, request: Message, context: CallContext): Promise<Message> {
  const container = state.running(text(request, "container_id"));
  const timeout = Number(integer(request, "timeout"));
  if (timeout < 0) refuse("INVALID_ARGUMENT", "timeout must not be negative");
  const { process, program } = launch(container, { ...specOf(container), argv: command(request), tty: false, stdin: false });
  const output = { stdout: new Capped(), stderr: new Capped() };
  process.outputs.add((stream, bytes) => { output[stream].add(bytes); });
  const abort = (): void => { process.kill(9); };
  context.signal.addEventListener("abort", abort, { once: true });
  track(container, process);
  process.run(program);
  try {
    if (timeout > 0 && !await within(process, timeout * 1000, context.signal)) {
      process.kill(9);
      refuse("DEADLINE_EXCEEDED", `the command did not end within ${timeout} s`);
    }
    const { code } = await process.ended;
    return { stdout: output.stdout.bytes(), stderr: output.stderr.bytes(), exit_code: BigInt(code) };
  } finally {
    context.signal.removeEventListener("abort", abort);
  }
}

/** Ties a command to its container, which it does not outlive. */
export function track(container: Container, process: SimulatedProcess): void {
  container.execs.add(process);
  process.onEnd(() => {
    container.execs.delete(process);
    container.execCpuNs += process.cpuNs;
    container.execMemory += process.memory;
  });
}

/** The command of an exec request. */
export function command(request: Message): string[] {
  const words = texts(request, "cmd");
  return words.length === 0 ? refuse("INVALID_ARGUMENT", "cmd must not be empty") : words;
}

class Capped {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  add(bytes: Uint8Array): void {
    const part = bytes.subarray(0, Math.max(0, outputLimit - this.#size));
    this.#size += part.length;
    if (part.length > 0) this.#parts.push(part);
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

/** ReopenContainerLog: refused unless the container runs; then no file is made (ReopenContainerLog-04). */
export function reopenContainerLog(state: State, request: Message): Message {
  state.running(text(request, "container_id")).log?.reopen();
  return {};
}

/** Refuses stream selections that Exec and Attach must not have. */
export function checkStreams(request: Message): void {
  if (!["stdin", "stdout", "stderr"].some((name) => flag(request, name))) refuse("INVALID_ARGUMENT", "one of stdin, stdout and stderr must be set");
  if (flag(request, "tty") && flag(request, "stderr")) refuse("INVALID_ARGUMENT", "tty and stderr exclude each other");
}
