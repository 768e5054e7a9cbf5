// serve-pause-image.js: serves the sandbox image on the loopback until it is ended, for a runtime that imports no archive.
// Prints HOST:PORT; there it is pause:1. Needs a built dist/ (or DIST).
import { built, pauseImage } from "./pause-image.js";

const { startRegistry } = await built("oci/registry-server.js");
const registry = await startRegistry({ host: "127.0.0.1", port: 0 });
// CRI-O signals its sandbox container at once, and gives it next to no processor to get ready for that.
registry.add(await pauseImage({ StopSignal: "SIGKILL" }), "pause", ["1"]);
process.stdout.write(`${registry.host}\n`);
// Whoever started it may be gone before ending it.
setTimeout(() => process.exit(1), 300_000);
