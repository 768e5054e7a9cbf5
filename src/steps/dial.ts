/** `dial`: a connection from the host over TCP, or datagrams over UDP, played by a script. */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { performance } from "node:perf_hooks";
import type { Message } from "../cri/message.ts";
import type { ScriptAction } from "../cri/streaming/script.ts";
import { HarnessError } from "../model/errors.ts";
import { stringOf } from "./input.ts";
import { worked } from "./outcome.ts";
import type { Worked } from "./outcome.ts";
import { scriptOf } from "./script.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";
import { sessionMs } from "./stream-url.ts";
import { pause } from "./wait.ts";

const lookMs = 10;

/** What a connection has given so far. */
interface Line {
  readonly chunks: Buffer[];
  connected: boolean;
  over: boolean;
  send(bytes: Uint8Array | string): void;
  closeSend(): void;
  destroy(): void;
}

function openLine(target: string): Line {
  const url = new URL(target);
  // Of schemes that it does not know, URL keeps the port as written and the address in brackets.
  const at = { host: url.hostname.replaceAll(/[[\]]/g, ""), port: Number(url.port) };
  if (url.port !== "" && url.protocol === "tcp:") return openTcp(at);
  if (url.port !== "" && url.protocol === "udp:") return openUdp(at);
  throw new HarnessError("SUITE_INVALID", `dial wants tcp://ip:port or udp://ip:port, got ${target}`, { hint: "Write the address with its port." });
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function openTcp(at: Address): Line {
  const socket = connect(at);
  const line: Line = {
    chunks: [], connected: false, over: false,
    send: (bytes) => void socket.write(bytes),
    closeSend: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
  socket.on("connect", () => {
    line.connected = true;
  });
  socket.on("data", (chunk: Buffer) => line.chunks.push(chunk));
  // A refused connection is a result: connected stays false.
  socket.on("error", () => {
    line.over = true;
  });
  socket.on("close", () => {
    line.over = true;
  });
  return line;
}

/** Each `send` is one datagram; `connected` only says that the kernel has a route. */
function openUdp(at: Address): Line {
  const socket = createSocket(at.host.includes(":") ? "udp6" : "udp4");
  let open = true;
  const destroy = (): void => {
    if (open) socket.close();
    open = false;
    line.over = true;
  };
  const destroyIf = (error: Error | null): void => {
    if (error !== null) destroy();
  };
  const send = (bytes: Uint8Array | string): void => {
    if (open) socket.send(bytes, destroyIf);
  };
  const line: Line = { chunks: [], connected: false, over: false, send, closeSend: destroy, destroy };
  socket.on("message", (datagram: Buffer) => line.chunks.push(datagram));
  // A port that nobody listens on may tell by an error to a later send: a result as well.
  socket.on("error", destroy);
  // Called with an error too, though its type does not say so: where there is no route, or none that may be taken.
  socket.connect(at.port, at.host, (error?: Error) => {
    if (error === undefined) line.connected = true;
    else destroy();
  });
  return line;
}

async function until(done: () => boolean, deadlineAt: number, signal: AbortSignal): Promise<boolean> {
  while (!done()) {
    if (performance.now() >= deadlineAt) {
      return false;
    }
    await pause(lookMs, signal);
  }
  return true;
}

async function perform(line: Line, action: ScriptAction, deadlineAt: number, signal: AbortSignal): Promise<boolean> {
  if ("send" in action) {
    line.send(action.send);
  } else if ("await" in action) {
    const wanted = action.await;
    await until(() => line.over || Buffer.concat(line.chunks).includes(Buffer.from(wanted)), deadlineAt, signal);
    return Buffer.concat(line.chunks).includes(Buffer.from(wanted));
  } else if ("awaitEnd" in action) {
    return until(() => line.over, deadlineAt, signal);
  } else if ("closeSend" in action) {
    line.closeSend();
  } else if ("close" in action) {
    line.destroy();
  } else if ("run" in action) {
    await action.run();
  }
  return true;
}

async function play(input: Message, context: StepContext): Promise<Worked> {
  const deadlineAt = performance.now() + (context.deadlineMs ?? sessionMs);
  const line = openLine(stringOf(input, "to"));
  const actions = scriptOf(input["script"], (steps) => context.runSteps(steps));
  try {
    await until(() => line.connected || line.over, deadlineAt, context.signal);
    let through = true;
    for (const action of line.connected ? actions : []) {
      through &&= await perform(line, action, deadlineAt, context.signal);
    }
    const result = { connected: line.connected, received: new Uint8Array(Buffer.concat(line.chunks)) };
    const late = performance.now() >= deadlineAt;
    return through ? { result } : { result, code: late ? "DEADLINE_EXCEEDED" : "UNKNOWN", details: "the script was not through" };
  } finally {
    line.destroy();
  }
}

async function run(input: Message, context: StepContext): Promise<StepOutcome> {
  return worked("dial", input, context, async () => play(input, context));
}

export const dial: Verb = {
  schema: {
    name: "dial",
    about: "Connects to an address from the host, or sends datagrams to it.",
    input: {
      to: { type: "string", about: "tcp://ip:port or udp://ip:port", required: true },
      script: { type: "list<dyn>", about: "send, await, closeSend, awaitEnd, close, steps" },
    },
    result: {
      connected: { type: "bool", about: "whether the connection was made" },
      received: { type: "bytes", about: "all that came" },
    },
    rpcs: [],
    needs: ["shares-host"],
    demandsAlone: false,
  },
  run,
};
