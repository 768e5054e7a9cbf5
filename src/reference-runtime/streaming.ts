import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { Message } from "../cri/message.ts";
import { SpdyConnection, type SpdyOptions } from "../cri/streaming/spdy/connection.ts";
import { refuse } from "./call-error.ts";

const tokenLimit = 1000;
const tokenLifeMs = 60_000;

/** What a URL is for. */
export type UrlKind = "exec" | "attach" | "portforward";

const sessionProtocols = { spdy: ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"], webSocket: ["v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io"] };
const protocols: Readonly<Record<UrlKind, typeof sessionProtocols>> = {
  exec: sessionProtocols, attach: sessionProtocols, portforward: { spdy: ["portforward.k8s.io"], webSocket: ["v4.channel.k8s.io", "channel.k8s.io"] },
};

/** A connection just upgraded. SPDY is opened by whom the streams are for. */
export type Upgraded =
  | { readonly transport: "websocket"; readonly socket: WebSocket }
  | { readonly transport: "spdy"; readonly protocol: string; open(onStream: NonNullable<SpdyOptions["onStream"]>): SpdyConnection };

export type ServeSession = (connection: Upgraded) => void;

interface Entry {
  readonly kind: UrlKind;
  readonly serve: ServeSession;
  readonly expires: number;
}

/** Hands out single-use URLs and serves them over SPDY/3.1 and WebSocket. */
export class StreamingServer {
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered, request) => this.#chosen(offered, request) });
  readonly #kinds = new WeakMap<IncomingMessage, UrlKind>();
  readonly #entries = new Map<string, Entry>();
  readonly #spdy = new Set<SpdyConnection>();

  constructor() {
    this.#server = createServer((request, response) => {
      response.writeHead(this.#redeem(request) === undefined ? 404 : 400).end();
    });
    this.#server.on("upgrade", (request, socket, head) => { this.#upgrade(request, socket, head); });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
  }

  /** A fully qualified URL for one use within a minute. */
  url(kind: UrlKind, serve: ServeSession): Message {
    const now = Date.now();
    for (const [path, { expires }] of this.#entries) if (expires < now) this.#entries.delete(path);
    if (this.#entries.size >= tokenLimit) refuse("RESOURCE_EXHAUSTED", "too many unused URLs");
    const path = `/${kind}/${randomBytes(12).toString("base64url")}`;
    this.#entries.set(path, { kind, serve, expires: now + tokenLifeMs });
    const address = this.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : refuse("UNAVAILABLE", "the streaming server is down");
    return { url: `http://127.0.0.1:${port}${path}` };
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    for (const connection of this.#spdy) connection.close();
    this.#sockets.close();
    await new Promise<void>((resolve) => {
      this.#server.close(() => { resolve(); });
      this.#server.closeAllConnections();
    });
  }

  /** Takes the URL's one use, also when nothing comes of it. */
  #redeem(request: IncomingMessage): Entry | undefined {
    const path = request.url ?? "";
    const entry = request.method === "GET" || request.method === "POST" ? this.#entries.get(path) : undefined;
    this.#entries.delete(path);
    return entry === undefined || entry.expires < Date.now() ? undefined : entry;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A client that is gone is no news: the close that follows tells it.
    socket.on("error", () => undefined);
    const entry = this.#redeem(request);
    if (entry === undefined) return answer(socket, "404 Not Found");
    const wanted = request.headers.upgrade?.toLowerCase();
    if (wanted === "spdy/3.1") return this.#upgradeToSpdy(entry, request, socket, head);
    if (wanted !== "websocket") return answer(socket, "400 Bad Request");
    this.#kinds.set(request, entry.kind);
    this.#sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on("error", () => undefined);
      entry.serve({ transport: "websocket", socket: opened });
    });
  }

  #chosen(offered: ReadonlySet<string>, request: IncomingMessage): string | false {
    return protocols[this.#kinds.get(request) ?? "exec"].webSocket.find((known) => offered.has(known)) ?? false;
  }

  #upgradeToSpdy({ kind, serve }: Entry, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const known = protocols[kind].spdy;
    const offered = [request.headers["x-stream-protocol-version"] ?? []].flat().flatMap((value) => value.split(/\s*,\s*/));
    // Who names none speaks the first version there was.
    const protocol = offered.length === 0 ? known.at(-1) : known.find((one) => offered.includes(one));
    if (protocol === undefined) return answer(socket, "403 Forbidden");
    const named = offered.length === 0 ? "" : `X-Stream-Protocol-Version: ${protocol}\r\n`;
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${named}\r\n`);
    serve({
      transport: "spdy", protocol,
      open: (onStream) => {
        const connection = new SpdyConnection(socket, { protocol, head, onStream });
        this.#spdy.add(connection);
        void connection.closed.then(() => this.#spdy.delete(connection));
        return connection;
      },
    });
  }
}

function answer(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
