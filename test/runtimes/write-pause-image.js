// write-pause-image.js FILE: the sandbox image as an archive for `ctr images import`. Needs a built dist/ (or DIST).
import { writeFile } from "node:fs/promises";
import { built, pauseImage } from "./pause-image.js";

const { ociArchive } = await built("oci/builder.js");
const { pauseRef } = await built("oci/test-images.js");
await writeFile(process.argv[2], ociArchive(await pauseImage(), [pauseRef]));
