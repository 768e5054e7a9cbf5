// pause-image.js: the sandbox image, for the scripts beside it. Needs a built dist/ (or DIST).
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const dist = process.env.DIST ? pathToFileURL(`${resolve(process.env.DIST)}/`) : new URL("../../dist/", import.meta.url);

/** A module of the built tree. */
export function built(path) {
  return import(new URL(path, dist));
}

/** `config` adds to the image's configuration. */
export async function pauseImage(config = {}) {
  const { probeBinary } = await built("oci/probe-binary.js");
  const { buildProbeImage } = await built("oci/test-images.js");
  return buildProbeImage(await probeBinary(), { Entrypoint: ["/probe", "pause"], Cmd: [], ...config });
}
