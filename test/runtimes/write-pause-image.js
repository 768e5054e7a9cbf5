// write-pause-image.js FILE: the sandbox image as an archive for `ctr images import`. Needs a built dist/ (or DIST).
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const dist = process.env.DIST ? pathToFileURL(`${resolve(process.env.DIST)}/`) : new URL("../../dist/", import.meta.url);
const { ociArchive } = await import(new URL("oci/builder.js", dist));
const { probeBinary } = await import(new URL("oci/probe-binary.js", dist));
const { buildProbeImage, pauseRef } = await import(new URL("oci/test-images.js", dist));
const image = buildProbeImage(await probeBinary(), { Entrypoint: ["/probe", "pause"], Cmd: [] });
await writeFile(process.argv[2], ociArchive(image, [pauseRef]));
