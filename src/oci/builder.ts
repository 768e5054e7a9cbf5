/**
 * Test images, byte for byte the same everywhere. Layers are not compressed: what gzip writes changes with the
 * version of zlib, and every runtime takes plain tar.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { TarEntry } from "./tar.ts";
import { tar } from "./tar.ts";

const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

/** A manifest or an index with everything below it. */
export interface Image {
  readonly root: Blob;
  /** Manifests under an index; empty if the root is a manifest. */
  readonly manifests: readonly Blob[];
  /** Configs and layers; `layers` in the order of the manifest. */
  readonly configs: readonly Blob[];
  readonly layers: readonly Blob[];
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

/** The `config` object of an OCI image, in its own words: User, Env, Entrypoint, Cmd, WorkingDir, StopSignal, Labels, Volumes. */
export type ImageConfig = Readonly<Record<string, unknown>>;

export interface ImageRecipe {
  readonly platform: Platform;
  readonly config: ImageConfig;
  /** Lowest first; see `buildLayer`. */
  readonly layers: readonly Blob[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** `sha256:…` of the bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** One layer, which images may share. */
export function buildLayer(entries: readonly TarEntry[]): Blob {
  return blob(mediaTypes.layer, tar(entries));
}

/** One platform's image. */
export function buildImage(recipe: ImageRecipe): Image {
  const { layers } = recipe;
  const config = jsonBlob(mediaTypes.config, {
    created: "1970-01-01T00:00:00Z",
    architecture: recipe.platform.architecture,
    os: recipe.platform.os,
    config: recipe.config,
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
    history: layers.map(() => ({ created: "1970-01-01T00:00:00Z", created_by: "criteria" })),
  });
  const root = jsonBlob(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptor(config),
    layers: layers.map(descriptor),
    ...(recipe.annotations === undefined ? {} : { annotations: recipe.annotations }),
  });
  return { root, manifests: [], configs: [config], layers };
}

/** Several platforms under one index. */
export function buildIndex(images: readonly { readonly platform: Platform; readonly image: Image }[]): Image {
  const root = jsonBlob(mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: images.map(({ platform, image }) => ({ ...descriptor(image.root), platform })),
  });
  return {
    root,
    manifests: images.map(({ image }) => image.root),
    configs: images.flatMap(({ image }) => image.configs),
    layers: images.flatMap(({ image }) => image.layers),
  };
}

/** An archive in OCI image layout that can be imported, naming the image by each of the full references. */
export function ociArchive(image: Image, refs: readonly string[]): Buffer {
  const blobs = new Map([image.root, ...image.manifests, ...image.configs, ...image.layers].map((one) => [one.digest, one]));
  const named = refs.map((ref) => ({
    ...descriptor(image.root),
    annotations: { "io.containerd.image.name": ref, "org.opencontainers.image.ref.name": ref.slice(ref.lastIndexOf(":") + 1) },
  }));
  const files: TarEntry[] = [
    textEntry("oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" })),
    textEntry("index.json", JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: named })),
    { path: "blobs", type: "directory", mode: 0o755 },
    { path: "blobs/sha256", type: "directory", mode: 0o755 },
  ];
  for (const one of blobs.values()) {
    files.push({ path: `blobs/${one.digest.replace(":", "/")}`, type: "file", mode: 0o644, content: one.bytes });
  }
  return tar(files);
}

/** A readable file with text. */
export function textEntry(path: string, text: string, mode = 0o644): TarEntry {
  return { path, type: "file", mode, content: Buffer.from(text) };
}

function descriptor(one: Blob): { mediaType: string; digest: string; size: number } {
  return { mediaType: one.mediaType, digest: one.digest, size: one.bytes.length };
}

function blob(mediaType: string, bytes: Buffer): Blob {
  return { mediaType, digest: digestOf(bytes), bytes };
}

function jsonBlob(mediaType: string, value: unknown): Blob {
  return blob(mediaType, Buffer.from(JSON.stringify(value)));
}
