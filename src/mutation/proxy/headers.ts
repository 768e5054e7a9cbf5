import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";

/**
 * Headers as they came, repeated ones included: node joins those with commas, and what is passed on should be what was sent.
 * `raw` is the flat list of names and values that node gives beside the object.
 */
export function exactHeaders(joined: IncomingHttpHeaders, raw: unknown): OutgoingHttpHeaders {
  if (!Array.isArray(raw)) return { ...joined };
  const headers: Record<string, string | string[]> = {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = String(raw[index]);
    const value = String(raw[index + 1]);
    const before = headers[name];
    headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return headers;
}
