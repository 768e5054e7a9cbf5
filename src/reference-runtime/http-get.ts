import { request as plain, type IncomingMessage } from "node:http";
import { request as secure } from "node:https";
import { CallError } from "./call-error.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface HttpOptions {
  readonly headers?: Record<string, string>;
  readonly form?: string;
  readonly signal: AbortSignal;
}

const redirects = new Set([301, 302, 303, 307, 308]);

/** One request without kept connections; follows redirects, without the credentials when the host changes. */
export async function httpGet(url: URL, options: HttpOptions, hops = 5): Promise<HttpAnswer> {
  const answer = await once(url, options);
  const location = answer.headers.location;
  if (!redirects.has(answer.status) || location === undefined || hops === 0) return answer;
  const next = new URL(location, url);
  const { Authorization: authorization, ...others } = options.headers ?? {};
  const kept = next.host === url.host && authorization !== undefined ? { ...others, Authorization: authorization } : others;
  return await httpGet(next, { headers: kept, signal: options.signal }, hops - 1);
}

function once(url: URL, options: HttpOptions): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    // The prefix, and UNKNOWN, are what the kubelet tells registry trouble by.
    const fail = (error: Error): void => {
      reject(options.signal.aborted
        ? new CallError("CANCELLED", "the pull was cancelled")
        : new CallError("UNKNOWN", `RegistryUnavailable: ${url.host}: ${error.message}`));
    };
    const send = url.protocol === "https:" ? secure : plain;
    const headers = options.form === undefined ? options.headers : { ...options.headers, "Content-Type": "application/x-www-form-urlencoded" };
    const call = send(url, { agent: false, method: options.form === undefined ? "GET" : "POST", headers: headers ?? {}, signal: options.signal }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", fail);
      response.on("end", () => { resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }); });
    });
    call.on("error", fail);
    call.end(options.form);
  });
}
