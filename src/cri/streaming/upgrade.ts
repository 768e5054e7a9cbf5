import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { messageOf } from "../../model/errors.ts";
import { timeLimit, TimeOverError } from "../time-limit.ts";
import { UpgradeRefusedError } from "./errors.ts";
import { SpdyConnection } from "./spdy/connection.ts";

/** What connecting needs, whichever the transport. */
export interface ConnectOptions {
  readonly url: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Of the upgrade to SPDY; POST unless said. */
  readonly method?: "GET" | "POST";
  /** How much is taken from the server in all; 256 MiB unless said. */
  readonly mostBytes?: number;
}

const maxBodyBytes = 64 * 1024;

/** The refusal that an HTTP answer stands for. */
export async function refusalOf(response: IncomingMessage): Promise<UpgradeRefusedError> {
  const chunks: Buffer[] = [];
  let held = 0;
  try {
    for await (const chunk of response) {
      const bytes = Buffer.from(chunk);
      chunks.push(bytes);
      held += bytes.length;
      if (held >= maxBodyBytes) break;
    }
  } catch (error) {
    chunks.push(Buffer.from(` [the body broke off: ${String(error)}]`));
  }
  const body = Buffer.concat(chunks).toString("utf8").slice(0, maxBodyBytes);
  const status = response.statusCode ?? 0;
  return new UpgradeRefusedError(`The server refused the upgrade: HTTP ${status} ${body.trim()}`.trim(), { status, body });
}

/** The URL that the runtime answered. Throws UpgradeRefusedError where it leads to no streaming server. */
export function streamingUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^(?:https?|wss?):$/.test(url.protocol)) throw new UpgradeRefusedError(`The runtime answered what is no URL of a streaming server: '${text}'`, {});
  return url;
}

/** A request that brought no HTTP answer. Of one that was aborted Node only says that it was: `signal` knows why. */
export function unanswered(what: string, error: unknown, signal: AbortSignal): UpgradeRefusedError {
  const cause: unknown = signal.aborted ? signal.reason : error;
  return new UpgradeRefusedError(`${what}: ${messageOf(cause)}`, { late: cause instanceof TimeOverError, cause });
}

/** Upgrades to SPDY/3.1, offering `protocols`, best first. Throws UpgradeRefusedError. */
export async function connectSpdy(options: ConnectOptions, protocols: readonly string[]): Promise<SpdyConnection> {
  const url = streamingUrl(options.url);
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const limit = timeLimit(options.signal, options.timeoutMs);
  return new Promise<SpdyConnection>((resolve, reject) => {
    const request = send(url, {
      method: options.method ?? "POST",
      agent: false,
      signal: limit.signal,
      // The token in the URL is the credential, and runtimes sign their own certificates.
      rejectUnauthorized: false,
      headers: {
        Connection: "Upgrade",
        Upgrade: "SPDY/3.1",
        ...(protocols.length === 0 ? {} : { "X-Stream-Protocol-Version": [...protocols] }),
        "Content-Length": "0",
      },
    });
    request.once("upgrade", (response, socket, head) => {
      const chosen = response.headers["x-stream-protocol-version"];
      resolve(new SpdyConnection(socket, { protocol: typeof chosen === "string" ? chosen : "", head, ...(options.mostBytes !== undefined && { mostBytes: options.mostBytes }) }));
    });
    request.once("response", (response) => void refusalOf(response).then(reject));
    request.once("error", (error) => reject(unanswered("No SPDY connection", error, limit.signal)));
    request.end();
  }).finally(limit.clear);
}

/** A request that asks for no upgrade, and what it was refused with. */
export async function requestPlainly(options: ConnectOptions): Promise<UpgradeRefusedError> {
  const url = streamingUrl(options.url);
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const limit = timeLimit(options.signal, options.timeoutMs);
  return new Promise<UpgradeRefusedError>((resolve) => {
    const request = send(url, { method: options.method ?? "GET", agent: false, signal: limit.signal, rejectUnauthorized: false });
    request.once("response", (response) => void refusalOf(response).then(resolve));
    request.once("error", (error) => resolve(unanswered("No HTTP answer", error, limit.signal)));
    request.end();
  }).finally(limit.clear);
}
