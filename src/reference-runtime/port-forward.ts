/** PortForward: two channels a connection, data and error; a port that nobody serves is told on its error channel alone. */
import type { WebSocket } from "ws";
import type { Message } from "../cri/message.ts";
import type { Channel } from "../cri/streaming/channel.ts";
import { refuse } from "./call-error.ts";
import { list, text } from "./fields.ts";
import type { PortService } from "./process.ts";
import { OrderedWriter, pump } from "./session-wire.ts";
import type { Sandbox, State } from "./state.ts";
import type { Upgraded } from "./streaming.ts";

type FindService = (port: number) => PortService | undefined;

export function portForwardUrl(state: State, request: Message): Message {
  const sandbox = state.sandbox(text(request, "pod_sandbox_id"));
  if (sandbox.state !== "SANDBOX_READY") refuse("FAILED_PRECONDITION", `pod sandbox ${sandbox.id} is not ready`);
  const ports = list(request, "port").map(Number);
  const find: FindService = (port) => serviceOf(state, sandbox, port);
  return state.streaming.url("portforward", (connection) => {
    if (connection.transport === "websocket") overWebSocket(connection.socket, ports, find);
    else overSpdy(connection, find);
  });
}

function serviceOf(state: State, sandbox: Sandbox, port: number): PortService | undefined {
  return state.containersOf(sandbox).map(({ process }) => (process?.hasEnded === false ? process.ports.get(port) : undefined)).find((found) => found !== undefined);
}

function overWebSocket(socket: WebSocket, ports: readonly number[], find: FindService): void {
  const inputs = new Map<number, (bytes: Uint8Array) => void>();
  const send = (channel: number, bytes: Uint8Array | string): void => {
    if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Uint8Array.of(channel), Buffer.from(bytes)]));
  };
  ports.forEach((port, index) => {
    const [data, error] = [2 * index, 2 * index + 1];
    const announced = Buffer.from([port & 255, port >> 8]);
    send(data, announced);
    send(error, announced);
    const service = find(port);
    if (service === undefined) send(error, refusal(port));
    else inputs.set(data, service({ send: (bytes) => { send(data, bytes); }, end: () => undefined }));
  });
  socket.on("message", (frame: Buffer) => { inputs.get(frame[0] ?? -1)?.(frame.subarray(1)); });
}

/** Each connection has two streams with one requestid; the header of each names the port. */
function overSpdy(upgraded: Extract<Upgraded, { transport: "spdy" }>, find: FindService): void {
  const halves = new Map<string, { type: string; stream: Channel }>();
  upgraded.open((stream, headers) => {
    const id = headers["requestid"] ?? "";
    const type = headers["streamtype"] ?? "";
    const other = halves.get(id);
    if (other === undefined || other.type === type) {
      halves.set(id, { type, stream });
      return;
    }
    halves.delete(id);
    const [data, error] = type === "data" ? [stream, other.stream] : [other.stream, stream];
    serveConnection(Number(headers["port"]), data, error, find);
  });
}

function serveConnection(port: number, data: Channel, error: Channel, find: FindService): void {
  const [content, problems] = [new OrderedWriter(data), new OrderedWriter(error)];
  const service = find(port);
  const end = (): void => { void content.end().then(() => problems.end()); };
  if (service === undefined) {
    problems.write(refusal(port));
    end();
    return;
  }
  const take = service({ send: (bytes) => { content.write(bytes); }, end });
  void pump(data.received, take).then(() => { take(undefined); });
}

function refusal(port: number): string {
  return `connection to port ${port} refused`;
}
