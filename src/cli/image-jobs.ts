import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HarnessError } from "../model/errors.ts";
import { type Image, ociArchive } from "../oci/builder.ts";
import { probeBinary } from "../oci/probe-binary.ts";
import { startRegistry } from "../oci/registry-server.ts";
import { buildProbeImage, createTestImages, pauseRef, probeRefAt } from "../oci/test-images.ts";
import type { Terminal } from "./terminal.ts";

/** The name of the probe's image in an archive, for nodes that are given it: what a run with `--image-registry criteria.local` asks for. */
const probeArchiveRef = probeRefAt("criteria.local");

/** `criteria images list`. */
export async function listImages(terminal: Terminal): Promise<void> {
  for (const [ref, image] of await testImages()) terminal.out(`${ref}  ${image.root.digest}\n`);
}

/** `criteria images export DIR`: one archive in the OCI layout for each image. */
export async function exportImages(folder: string, terminal: Terminal): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [ref, image] of await testImages()) {
    const file = join(folder, `${ref.replace(/^.*\//, "").replace(/:.*$/, "")}.tar`);
    writeFileSync(file, ociArchive(image, [ref]));
    terminal.out(`${file}  ${ref}\n`);
  }
}

/** `criteria images serve`: until it is interrupted. */
export async function serveImages(listen: string, terminal: Terminal): Promise<number> {
  const match = /^(.+):(\d+)$/.exec(listen);
  if (match === null) throw new HarnessError("USAGE", `'${listen}' is not host:port`, { hint: "Write it like 127.0.0.1:5000." });
  const registry = await startRegistry({ host: match[1] ?? "", port: Number(match[2]) });
  try {
    const images = createTestImages({ registry, probe: await probeBinary() });
    terminal.out(`${images.probeRef}\n`);
    await interrupted(terminal.interrupt);
  } finally {
    await registry.close();
  }
  return 0;
}

/** Resolves at the first signal. Keeps the process alive until then. */
export function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    const alive = setInterval(() => {}, 60_000);
    signal.addEventListener("abort", () => {
      clearInterval(alive);
      resolve();
    }, { once: true });
  });
}

async function testImages(): Promise<readonly (readonly [ref: string, image: Image])[]> {
  const image = buildProbeImage(await probeBinary());
  return [[probeArchiveRef, image], [pauseRef, image]];
}
