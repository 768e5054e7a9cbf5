import type { ImageProvider, ServedImage } from "../engine/images.ts";
import { HarnessError } from "../model/errors.ts";
import type { TestImage, TestImages, TestImageSpec } from "../oci/test-images.ts";

/** Joins the engine to the registry: images of a case's own are built and served when they are asked for. */
export function imageProvider(images: TestImages | undefined, probeRef: string): ImageProvider {
  return {
    probeImageRef: () => Promise.resolve(probeRef),
    isShared: (ref) => ref === probeRef,
    makeImage: (request) => {
      if (images === undefined) {
        throw new HarnessError("FIXTURE_FAILED", `${request.caseId} needs an image of its own, and the registry given serves none`, { hint: "Leave out --image-registry, or skip the case." });
      }
      return Promise.resolve(served(images.make(imageSpecOf(request.keys))));
    },
  };
}

function served(image: TestImage): ServedImage {
  return {
    ref: image.ref, refs: image.refs, digest: image.digest, digestRef: image.digest_ref, credentials: image.credentials,
    ...(image.credentials["password"] === undefined ? {} : { auth: image.credentials["password"] }),
    ...(image.makeUsable === undefined ? {} : { makeUsable: image.makeUsable }),
    get requests() { return image.requests(); },
    release: () => {
      image.remove();
      return Promise.resolve();
    },
  };
}

/** The rendered keys of an image fixture; the catalog has judged their shape. */
export function imageSpecOf(keys: Readonly<Record<string, unknown>>): TestImageSpec {
  const { config, files, layers, names, auth, fault, platforms, revisions } = keys;
  return {
    ...(isMapping(config) ? { config } : {}),
    ...(isMapping(files) ? { files: Object.fromEntries(Object.entries(files).map(([path, text]) => [path, String(text)])) } : {}),
    ...(isMapping(layers) ? { layers: { count: numberOf(layers["count"], 0), size: sizeOf(layers["size"]) } } : {}),
    ...(Array.isArray(names) ? { names: names.map(String) } : {}),
    ...(auth === true || auth === "basic" || auth === "token" ? { auth } : {}),
    ...(fault === undefined ? {} : { fault }),
    ...(Array.isArray(platforms) ? { platforms: platforms.map(String) } : {}),
    ...(revisions === undefined ? {} : { revisions: numberOf(revisions, 1) }),
  };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === "bigint" || typeof value === "number" ? Number(value) : otherwise;
}

function sizeOf(value: unknown): string | number {
  return typeof value === "string" ? value : numberOf(value, 0);
}
