// serve-pause-image.js: serves the sandbox image on the loopback until it is ended, for a runtime that imports no archive.
// Prints HOST:PORT; there it is pause:1. Needs a built dist/ (or DIST).
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const dist = process.env.DIST ? pathToFileURL(`${resolve(process.env.DIST)}/`) : new URL("../../dist/", import.meta.url);
const { probeBinary } = await import(new URL("oci/probe-binary.js", dist));
const { startRegistry } = await import(new URL("oci/registry-server.js", dist));
const { buildProbeImage } = await import(new URL("oci/test-images.js", dist));
const registry = await startRegistry({ host: "127.0.0.1", port: 0 });
// CRI-O signals its sandbox container at once, and gives it next to no processor to get ready for that.
const config = { Entrypoint: ["/probe", "pause"], Cmd: [], StopSignal: "SIGKILL" };
registry.add(buildProbeImage(await probeBinary(), config), "pause", ["1"]);
process.stdout.write(`${registry.host}\n`);
// Whoever started it may be gone before ending it.
setTimeout(() => process.exit(1), 300_000);
