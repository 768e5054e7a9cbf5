import { HarnessError } from "../model/errors.ts";

/** Where a CRI service listens. */
export interface Endpoint {
  /** As it was written, normalised: `unix:///path` or `tcp://host:port`. */
  readonly text: string;
  /** grpc-js's target. */
  readonly address: string;
  /** Set for a unix socket. */
  readonly socketPath?: string;
  /** Set for an address; an IPv6 host is without brackets. */
  readonly tcp?: { readonly host: string; readonly port: number };
}

/** Reads `unix:///path`, a bare absolute path, or `tcp://host:port`. Throws USAGE for anything else. */
export function parseEndpoint(text: string): Endpoint {
  const unix = text.startsWith("/") ? text : /^unix:(?:\/\/)?(\/.+)$/.exec(text)?.[1];
  if (unix !== undefined) return { text: `unix://${unix}`, address: `unix://${unix}`, socketPath: unix };
  const tcp = /^tcp:\/\/(\[[0-9A-Fa-f:]+\]|[^:/]+):(\d{1,5})$/.exec(text);
  if (tcp !== null) {
    const [, host = "", port = ""] = tcp;
    return { text, address: `dns:///${host}:${port}`, tcp: { host: host.replace(/^\[|\]$/g, ""), port: Number(port) } };
  }
  throw new HarnessError("USAGE", `not an endpoint: '${text}'`, { hint: "Write unix:///path/to.sock, /path/to.sock or tcp://host:port." });
}
