import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { Channel } from "../channel.ts";
import { SpdyConnection } from "../spdy/connection.ts";

/** What a test's server does with a session once all its streams are there; `drop` ends the connection without a word. */
export type Serve = (streams: Readonly<Record<string, Channel>>, close: () => void, drop: () => void) => void;

export interface TestServer {
  readonly url: string;
  readonly offered: string[];
  close(): Promise<void>;
}

export const success = Buffer.from('{"metadata":{},"status":"Success"}');

/** Serves `count` streams over SPDY, named by type and, for forwards, request id. */
export async function spdyServer(count: number, serve: Serve): Promise<TestServer> {
  const offered: string[] = [];
  const connections: SpdyConnection[] = [];
  const server = createServer((_request, response) => response.writeHead(404).end("no token"));
  server.on("upgrade", (request, socket, head) => {
    offered.push(String(request.headers["x-stream-protocol-version"]));
    const protocol = offered[0]?.split(",")[0] ?? "";
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`);
    const streams: Record<string, Channel> = {};
    const connection = new SpdyConnection(socket, {
      protocol,
      head,
      onStream(stream, headers) {
        streams[`${headers["streamtype"]}${headers["port"] ?? ""}`] = stream;
        if (Object.keys(streams).length === count) serve(streams, () => connection.close(), () => socket.end());
      },
    });
    connections.push(connection);
    connection.ping(2);
  });
  return { ...(await listen(server)), offered };
}

/** Serves WebSocket messages: `onMessage` for each, `onOpen` at the beginning. */
export async function webSocketServer(
  onOpen: (send: (channel: number, bytes: Uint8Array) => void) => void,
  onMessage: (channel: number, bytes: Uint8Array, send: (channel: number, bytes: Uint8Array) => void, close: () => void) => void,
): Promise<TestServer> {
  const offered: string[] = [];
  const server = createServer((_request, response) => response.writeHead(404).end("no token"));
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    offered.push(String(request.headers["sec-websocket-protocol"]));
    if (request.headers.upgrade !== "websocket") {
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 14\r\nConnection: close\r\n\r\nwebsocket only");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (peer) => {
      const send = (channel: number, bytes: Uint8Array): void => peer.send(Buffer.concat([Uint8Array.of(channel), bytes]));
      onOpen(send);
      peer.on("message", (data: Buffer) => onMessage(data[0] ?? -1, data.subarray(1), send, () => peer.close()));
    });
  });
  return { ...(await listen(server)), offered };
}

async function listen(server: ReturnType<typeof createServer>): Promise<{ readonly url: string; close(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/exec/token`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
