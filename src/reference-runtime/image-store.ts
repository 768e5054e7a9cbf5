import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ImageConfig } from "./image-document.ts";
import { digestName, parseReference, tagName, type Reference } from "./reference.ts";
import type { RootFs } from "./rootfs.ts";

/** An image as it lies in the store; `id` is the digest of its config. */
export interface StoredImage {
  readonly id: string;
  readonly size: number;
  readonly config: ImageConfig;
  readonly files: RootFs;
  /** Digests of all its blobs. */
  readonly blobs: Set<string>;
  readonly tags: Set<string>;
  readonly digests: Set<string>;
}

/** The images, and their blobs below one directory. */
export class ImageStore {
  readonly directory: string;
  readonly #images = new Map<string, StoredImage>();

  constructor(stateDir: string) {
    this.directory = join(stateDir, "images");
    mkdirSync(this.directory, { recursive: true });
  }

  all(): readonly StoredImage[] {
    return [...this.#images.values()];
  }

  /** The image that an id, a short id, a tag or a digest names. Refuses what is no reference. */
  find(name: string): StoredImage | undefined {
    const hex = name.replace(/^sha256:/, "");
    if (/^[0-9a-f]{12,64}$/.test(hex)) {
      const found = this.all().filter(({ id }) => id.startsWith(`sha256:${hex}`));
      if (found.length === 1 || name.startsWith("sha256:")) return found[0];
    }
    const reference = parseReference(name);
    const full = reference.digest === undefined ? tagName(reference) : digestName(reference, reference.digest);
    return this.all().find(({ tags, digests }) => full !== undefined && (tags.has(full) || digests.has(full)));
  }

  /** Takes the image in, or gives the known one another name. A tag names one image only. */
  add(image: Omit<StoredImage, "tags" | "digests">, contents: ReadonlyMap<string, Buffer>, reference: Reference, digest: string): StoredImage {
    for (const [name, bytes] of contents) writeFileSync(this.#path(name), bytes);
    const stored = this.#images.get(image.id) ?? { ...image, tags: new Set<string>(), digests: new Set<string>() };
    // The same config may come with another manifest: its blobs must go with the image as well.
    for (const name of contents.keys()) stored.blobs.add(name);
    this.#images.set(image.id, stored);
    const tag = tagName(reference);
    if (tag !== undefined) {
      for (const other of this.#images.values()) other.tags.delete(tag);
      stored.tags.add(tag);
    }
    stored.digests.add(digestName(reference, digest));
    return stored;
  }

  /** Takes the whole image out, with all its names (RemoveImage-02). */
  remove(image: StoredImage): void {
    this.#images.delete(image.id);
    const used = new Set(this.all().flatMap(({ blobs }) => [...blobs]));
    for (const blob of image.blobs) if (!used.has(blob)) rmSync(this.#path(blob), { force: true });
  }

  /** Bytes and inodes below the directory, measured. */
  usage(): { bytes: bigint; inodes: bigint } {
    const sizes = readdirSync(this.directory).map((name) => BigInt(statSync(join(this.directory, name)).size));
    return { bytes: sizes.reduce((sum, size) => sum + size, 0n), inodes: BigInt(sizes.length + 1) };
  }

  #path(digest: string): string {
    return join(this.directory, digest.replace(":", "-"));
  }
}
