/** From the call to the first byte that came through the stream: exec, attach and port forward as a user feels them. */
import { openForward } from "../../../cri/streaming/port-forward.ts";
import { openSession, type Session } from "../../../cri/streaming/session.ts";
import type { Message } from "../../../cri/message.ts";
import { HarnessError, messageOf } from "../../../model/errors.ts";
import { textOf, type Iteration, type Timing } from "../../iteration.ts";
import { type MeasureInput, signalOf, textIn } from "./measure.ts";

/** Exec, until the first byte of the command's output. */
export async function execFirstByte(input: MeasureInput): Promise<Timing | undefined> {
  const cmd = input.values["cmd"] ?? ["/probe", "echo", "x"];
  const request = { container_id: textIn(input.values, "container_id"), cmd, stdout: true, stderr: false, stdin: false, tty: false };
  return stream(input, "Exec", request, async (url) => {
    const session = await open(input, url, false);
    return firstByte(session, input.deadlineMs);
  });
}

/** Attach to a container that echoes its input, until the first byte came back. */
export async function attach(input: MeasureInput): Promise<Timing | undefined> {
  const request = { container_id: textIn(input.values, "container_id"), stdin: true, stdout: true, stderr: false, tty: false };
  return stream(input, "Attach", request, async (url) => {
    const session = await open(input, url, true);
    await session.write(Buffer.from("x\n"));
    return firstByte(session, input.deadlineMs);
  });
}

/** PortForward to a server that greets, until the first byte of the greeting. */
export async function portForward(input: MeasureInput): Promise<Timing | undefined> {
  const port = Number(input.values["port"] ?? 8080);
  const request = { pod_sandbox_id: textIn(input.values, "pod_sandbox_id"), port: [BigInt(port)] };
  return stream(input, "PortForward", request, async (url) => {
    const forward = await openForward({ url, transport: transportOf(input.values), ports: [port], signal: signalOf(input.iteration), deadlineMs: input.deadlineMs });
    try {
      const connection = await forward.connect(port);
      const outcome = await Promise.race([firstOf(connection.received, input.deadlineMs), connection.ended.then(({ error }) => (error === undefined ? "found" : error))]);
      return { endedMs: performance.now(), found: outcome === "found" };
    } finally {
      forward.close();
    }
  });
}

interface End {
  readonly endedMs: number;
  readonly found: boolean;
}

/** The call that answers a URL, and what is done with the URL; its samples fail as the call does, else as ABORTED. */
async function stream({ iteration, deadlineMs }: MeasureInput, rpc: string, request: Message, use: (url: string) => Promise<End>): Promise<Timing | undefined> {
  const answer = await iteration.call(rpc, request, deadlineMs);
  if (answer === undefined) return undefined;
  const { startedMs, code } = answer;
  const url = textOf(answer, "url");
  if (url === undefined) return { startedMs, endedMs: startedMs + answer.elapsedMs, code: code === "OK" ? "INTERNAL" : code };
  try {
    const { endedMs, found } = await use(url);
    return { startedMs, endedMs, code: found ? "OK" : "DEADLINE_EXCEEDED" };
  } catch (thrown) {
    note(iteration, `${rpc}: ${messageOf(thrown)}`);
    return { startedMs, endedMs: performance.now(), code: "ABORTED" };
  }
}

/** A refused stream is data; that nobody learns why would be a pity. */
function note(iteration: Iteration, text: string): void {
  if (iteration.context.signal?.aborted !== true) iteration.context.note?.(text);
}

function open(input: MeasureInput, url: string, stdin: boolean): Promise<Session> {
  const { values, iteration, deadlineMs } = input;
  return openSession({ url, transport: transportOf(values), stdin, stdout: true, stderr: false, tty: false, signal: signalOf(iteration), deadlineMs });
}

async function firstByte(session: Session, deadlineMs: number): Promise<End> {
  try {
    const outcome = await firstOf(session.stdout, deadlineMs);
    return { endedMs: performance.now(), found: outcome === "found" };
  } finally {
    session.close();
  }
}

function firstOf(received: Session["stdout"], deadlineMs: number): Promise<string> {
  return received.waitForLength(1, deadlineMs);
}

function transportOf(values: Message): "spdy" | "websocket" {
  const name = values["transport"] ?? "websocket";
  if (name === "spdy" || name === "websocket") return name;
  throw new HarnessError("SUITE_INVALID", `there is no transport '${String(name)}'`, { hint: "Use spdy or websocket." });
}
