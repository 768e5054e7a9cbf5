import { gunzipSync } from "node:zlib";
import type { Message } from "../cri/message.ts";
import { refuse } from "./call-error.ts";
import { nowNs } from "./clock.ts";
import { child, table, text } from "./fields.ts";
import { readConfig, readManifest, type Descriptor, type Manifest } from "./image-document.ts";
import type { StoredImage } from "./image-store.ts";
import { parseReference, type Reference } from "./reference.ts";
import { RegistryClient, sha256 } from "./registry.ts";
import { applyLayer, type RootFs } from "./rootfs.ts";
import type { CallContext, State } from "./state.ts";

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

/** PullImage: all is fetched and verified before anything is listed, so a failed pull leaves nothing. */
export async function pullImage(state: State, request: Message, context: CallContext): Promise<Message> {
  const spec = child(request, "image");
  const name = imageName(request);
  state.requireHandler(text(spec, "runtime_handler"));
  const reference = parseReference(name);
  const plain = loopback.test(reference.registry) || state.plainHttpRegistries.has(reference.registry);
  const registry = new RegistryClient(reference, child(request, "auth"), plain, AbortSignal.any([context.signal, state.closing]));
  const image = await fetchImage(state, registry, reference);
  return { image_ref: image.id };
}

async function fetchImage(state: State, registry: RegistryClient, reference: Reference): Promise<StoredImage> {
  const top = await registry.manifest(reference.digest ?? reference.tag ?? "latest");
  const { manifest, documents } = await resolveManifest(registry, top);
  const contents = new Map(documents.map((body) => [sha256(body), body]));
  for (const part of [manifest.config, ...manifest.layers]) {
    if (!contents.has(part.digest)) contents.set(part.digest, await registry.blob(part.digest, part.size));
  }
  const config = readConfig(contents.get(manifest.config.digest) ?? Buffer.alloc(0));
  const files: RootFs = new Map();
  for (const layer of manifest.layers) unpack(files, layer, contents.get(layer.digest) ?? Buffer.alloc(0));
  const size = [manifest.config, ...manifest.layers].reduce((sum, part) => sum + part.size, 0);
  return state.images.add({ id: manifest.config.digest, size, config, files, blobs: new Set(contents.keys()) }, contents, reference, top.digest);
}

async function resolveManifest(registry: RegistryClient, top: { body: Buffer }): Promise<{ manifest: Manifest; documents: Buffer[] }> {
  const documents = [top.body];
  let read = readManifest(top.body);
  for (let depth = 0; "digest" in read && depth < 3; depth++) {
    const next = await registry.manifest(read.digest);
    documents.push(next.body);
    read = readManifest(next.body);
  }
  return "digest" in read ? refuse("UNKNOWN", "the index is nested too deeply") : { manifest: read, documents };
}

function unpack(files: RootFs, layer: Descriptor, body: Buffer): void {
  try {
    const gzip = body[0] === 0x1f && body[1] === 0x8b;
    if (/zstd/.test(layer.mediaType)) refuse("UNIMPLEMENTED", "zstd layers are not supported");
    applyLayer(files, gzip ? gunzipSync(body) : body);
  } catch (error) {
    refuse("UNKNOWN", `layer ${layer.digest}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** ImageStatus: an absent image is OK and nothing (ImageStatus-01). */
export function imageStatus(state: State, request: Message): Message {
  const image = state.images.find(imageName(request));
  if (image === undefined) return {};
  const info = request["verbose"] === true ? { info: { image: JSON.stringify({ config: image.config, blobs: [...image.blobs] }) } } : {};
  return { image: imageMessage(image), ...info };
}

export function listImages(state: State, request: Message): Message {
  const wanted = text(child(child(request, "filter"), "image"), "image");
  const images = wanted === "" ? state.images.all() : [state.images.find(wanted)].filter((image) => image !== undefined);
  return { images: images.map(imageMessage) };
}

export function removeImage(state: State, request: Message): Message {
  const image = state.images.find(imageName(request));
  if (image !== undefined) state.images.remove(image);
  return {};
}

export function imageFsInfo(state: State): Message {
  const { bytes, inodes } = state.images.usage();
  return {
    image_filesystems: [{
      timestamp: nowNs(), fs_id: { mountpoint: state.images.directory }, used_bytes: { value: bytes }, inodes_used: { value: inodes },
    }],
    container_filesystems: [],
  };
}

/** The digested reference of an image; its id if it was never named by digest. */
export function imageReference(image: StoredImage): string {
  return [...image.digests][0] ?? image.id;
}

function imageMessage(image: StoredImage): Message {
  const user = image.config.user.split(":")[0] ?? "";
  const numeric = /^\d+$/.test(user);
  return {
    id: image.id, repo_tags: [...image.tags], repo_digests: [...image.digests], size: BigInt(image.size), pinned: false,
    ...(numeric ? { uid: { value: BigInt(user) } } : {}), username: numeric ? "" : user,
    spec: { image: [...image.tags][0] ?? imageReference(image), annotations: table(undefined, "") },
  };
}

function imageName(request: Message): string {
  const name = text(child(request, "image"), "image");
  return name === "" ? refuse("INVALID_ARGUMENT", "image.image must not be empty") : name;
}
