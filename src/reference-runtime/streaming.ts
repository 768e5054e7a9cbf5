import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { WebSocketServer, type WebSocket } from "ws";
import type { Message } from "../cri/message.ts";
import { refuse, requireId } from "./call-error.ts";
import { flag, list, text } from "./fields.ts";
import { launch, specOf } from "./launch.ts";
import { checkStreams, command, track } from "./lifecycle.ts";
import type { OutputStream } from "./logs.ts";
import type { SimulatedProcess } from "./process.ts";
import type { State } from "./state.ts";

const tokenLimit = 1000;
const tokenLifeMs = 60_000;

type Session = (socket: WebSocket) => void;

/** Hands out single-use URLs and serves them over WebSocket. */
export class StreamingServer {
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has("v4.channel.k8s.io") ? "v4.channel.k8s.io" : false) });
  readonly #sessions = new Map<string, { session: Session; expires: number }>();

  constructor() {
    this.#server = createServer((request, response) => {
      response.writeHead(this.#sessions.has(request.url ?? "") ? 400 : 404).end();
    });
    this.#server.on("upgrade", (request, socket, head) => {
      const path = request.url ?? "";
      const entry = this.#sessions.get(path);
      this.#sessions.delete(path);
      if (entry === undefined || entry.expires < Date.now()) {
        socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      if (request.headers.upgrade?.toLowerCase() !== "websocket") {
        // Not used up: the caller may try again with WebSocket.
        this.#sessions.set(path, entry);
        socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, entry.session);
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
  }

  /** A fully qualified URL for one use within a minute. */
  url(kind: string, session: Session): Message {
    const now = Date.now();
    for (const [path, { expires }] of this.#sessions) if (expires < now) this.#sessions.delete(path);
    if (this.#sessions.size >= tokenLimit) refuse("RESOURCE_EXHAUSTED", "too many unused URLs");
    const path = `/${kind}/${randomBytes(12).toString("base64url")}`;
    this.#sessions.set(path, { session, expires: now + tokenLifeMs });
    const address = this.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : refuse("UNAVAILABLE", "the streaming server is down");
    return { url: `http://127.0.0.1:${port}${path}` };
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    await new Promise<void>((resolve) => {
      this.#server.close(() => { resolve(); });
      this.#server.closeAllConnections();
    });
  }
}

/** Exec: checked now, run when the URL is used. */
export function execUrl(state: State, request: Message): Message {
  requireId(text(request, "container_id"), "container_id");
  checkStreams(request);
  const argv = command(request);
  const { id } = state.running(text(request, "container_id"));
  return state.streaming.url("exec", (socket) => {
    try {
      const container = state.running(id);
      const { process, program } = launch(container, { ...specOf(container), argv, tty: flag(request, "tty"), stdin: flag(request, "stdin") });
      track(container, process);
      connect(socket, process, request);
      socket.on("close", () => { process.kill(9); });
      process.run(program);
    } catch (error) {
      endWithFailure(socket, error);
    }
  });
}

/** Attach: joins the first process; leaving does not end it, but closes its stdin if that was for one session. */
export function attachUrl(state: State, request: Message): Message {
  requireId(text(request, "container_id"), "container_id");
  checkStreams(request);
  const { id } = state.running(text(request, "container_id"));
  return state.streaming.url("attach", (socket) => {
    try {
      const container = state.running(id);
      connect(socket, container.process, request);
      socket.on("close", () => {
        if (flag(request, "stdin") && flag(container.config, "stdin_once")) container.process.closeInput();
      });
    } catch (error) {
      endWithFailure(socket, error);
    }
  });
}

/** PortForward: two channels a port, data and error; a port that nobody serves is told on its error channel alone. */
export function portForwardUrl(state: State, request: Message): Message {
  const sandbox = state.sandbox(text(request, "pod_sandbox_id"));
  if (sandbox.state !== "SANDBOX_READY") refuse("FAILED_PRECONDITION", `pod sandbox ${sandbox.id} is not ready`);
  const ports = list(request, "port").map(Number);
  return state.streaming.url("portforward", (socket) => {
    const inputs = new Map<number, (bytes: Uint8Array) => void>();
    const send = (channel: number, bytes: Uint8Array | string): void => {
      if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(bytes)]));
    };
    ports.forEach((port, index) => {
      const [data, error] = [2 * index, 2 * index + 1];
      const announced = Buffer.from([port & 255, port >> 8]);
      send(data, announced);
      send(error, announced);
      const service = state.containersOf(sandbox).map(({ process }) => (process?.hasEnded === false ? process.ports.get(port) : undefined)).find((found) => found !== undefined);
      if (service === undefined) send(error, `connection to port ${port} refused`);
      else inputs.set(data, service((bytes) => { send(data, bytes); }));
    });
    socket.on("message", (frame: Buffer) => { inputs.get(frame[0] ?? -1)?.(frame.subarray(1)); });
  });
}

function connect(socket: WebSocket, process: SimulatedProcess, request: Message): void {
  const send = (channel: number, bytes: Uint8Array): void => { socket.send(Buffer.concat([Buffer.from([channel]), bytes])); };
  send(flag(request, "stdout") ? 1 : flag(request, "stderr") ? 2 : 3, Buffer.alloc(0));
  const output = (stream: OutputStream, bytes: Uint8Array): void => {
    if (socket.readyState === socket.OPEN && flag(request, stream)) send(stream === "stdout" ? 1 : 2, bytes);
  };
  process.outputs.add(output);
  socket.on("message", (data: Buffer) => { receive(process, request, data); });
  socket.on("close", () => { process.outputs.delete(output); });
  process.onEnd((code) => {
    send(3, Buffer.from(JSON.stringify(exitStatus(code))));
    socket.close(1000);
  });
}

function receive(process: SimulatedProcess, request: Message, data: Buffer): void {
  if (data[0] === 0 && flag(request, "stdin")) process.input(data.subarray(1));
  if (data[0] !== 4) return;
  const size = /"Width":(\d+),"Height":(\d+)/i.exec(data.toString("utf8", 1));
  if (size !== null) process.resize(Number(size[1]), Number(size[2]));
}

function exitStatus(code: number): Record<string, unknown> {
  if (code === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {}, status: "Failure", reason: "NonZeroExitCode", message: `command terminated with non-zero exit code ${code}`,
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}

function endWithFailure(socket: WebSocket, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  socket.send(Buffer.concat([Buffer.from([3]), Buffer.from(JSON.stringify({ metadata: {}, status: "Failure", reason: "InternalError", message, code: 500 }))]));
  socket.close(1000);
}
