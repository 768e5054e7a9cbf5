/** How the registry answers for manifests and blobs, soundly or as its fault says. */
import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Blob } from "./builder.ts";
import type { FaultTrigger } from "./registry-faults.ts";

/** What an answer needs to know of a repository. */
export interface Served {
  readonly blobs: ReadonlyMap<string, Blob>;
  readonly manifests: ReadonlyMap<string, Blob>;
  readonly tags: ReadonlyMap<string, string>;
  readonly layers: readonly string[];
  readonly faults: FaultTrigger;
}

const hugeManifestBytes = 64 * 1024 * 1024;

/** Applies faults that hit a whole request; true if it is dealt with. A stall holds blobs: the pull has begun by then. */
export function faultBefore(served: Served, isBlob: boolean, response: ServerResponse): boolean {
  if (isBlob && served.faults.strikes("stall")) return true;
  if (isBlob && served.faults.strikes("http-500")) return fail(response, 500);
  return !isBlob && served.faults.strikes("missing-manifest") && fail(response, 404);
}

function fail(response: ServerResponse, status: number): true {
  response.writeHead(status, { "content-type": "application/json" }).end('{"errors":[{"code":"UNKNOWN"}]}');
  return true;
}

/** Answers for a tag or a digest. */
export function sendManifest(served: Served, reference: string, request: IncomingMessage, response: ServerResponse): void {
  const manifest = served.manifests.get(served.tags.get(reference) ?? reference);
  if (manifest === undefined) return void fail(response, 404);
  const isGet = request.method === "GET";
  const blanks = isGet ? blanksAfter(served) : 0;
  response.writeHead(200, { "content-type": manifest.mediaType, "docker-content-digest": manifest.digest, "content-length": manifest.bytes.length + blanks });
  if (isGet) response.write(manifest.bytes);
  for (let left = blanks; left > 0; left -= blankPage.length) response.write(blankPage.subarray(0, left));
  response.end();
}

/** Written again and again, so that a huge manifest costs no memory. */
const blankPage = Buffer.alloc(1024 * 1024, " ");

/** How many blanks follow a manifest that was tampered with. */
function blanksAfter({ faults }: Served): number {
  if (faults.strikes("wrong-manifest-digest")) return 1;
  return faults.strikes("huge-manifest") ? hugeManifestBytes : 0;
}

/** Answers for a config or a layer, whole or a range. */
export function sendBlob(served: Served, digest: string, request: IncomingMessage, response: ServerResponse): void {
  const found = served.blobs.get(digest);
  if (found === undefined) return void fail(response, 404);
  const hit = request.method === "GET" && digest === served.layers.at(served.faults.fault?.layer ?? -1);
  const bytes = hit && served.faults.strikes("corrupt-layer") ? corrupted(found.bytes) : found.bytes;
  const end = hit && served.faults.strikes("truncated-layer") ? Math.floor(bytes.length / 2) : bytes.length;
  const from = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const start = Number(from?.[1] ?? 0);
  const last = from?.[2] === undefined || from[2] === "" ? bytes.length - 1 : Math.min(Number(from[2]), bytes.length - 1);
  if (start > last) return void response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
  response.writeHead(from === null ? 200 : 206, {
    "content-type": "application/octet-stream", "docker-content-digest": digest, "accept-ranges": "bytes", "content-length": last + 1 - start,
    ...(from === null ? {} : { "content-range": `bytes ${start}-${last}/${bytes.length}` }),
  });
  if (request.method === "HEAD") return void response.end();
  if (end > last) return void response.end(bytes.subarray(start, last + 1));
  // The length was promised: the connection breaks after half of it.
  response.write(bytes.subarray(Math.min(start, end), end), () => response.destroy());
}

function corrupted(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const middle = copy.length >> 1;
  copy.writeUInt8(copy.readUInt8(middle) ^ 0xff, middle);
  return copy;
}
