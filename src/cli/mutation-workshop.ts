import { loadCatalog } from "../catalog/load.ts";
import type { Workshop } from "../mutation/arena.ts";
import { startRegistry } from "../oci/registry-server.ts";
import { createTestImages } from "../oci/test-images.ts";
import { readDocuments } from "./documents.ts";
import { imageProvider } from "./image-provider.ts";

/** What all mutants of a process share: suites, documents and a registry of the test images. */
export async function openWorkshop(suites?: string): Promise<Workshop & { close(): Promise<void> }> {
  const catalog = loadCatalog(suites === undefined ? {} : { dir: suites });
  const registry = await startRegistry({ host: "127.0.0.1", port: 0 });
  const images = createTestImages({ registry, probe: null, runId: `m${process.pid}` });
  return { catalog, images: imageProvider(images, images.probeRef), probeRef: images.probeRef, documents: readDocuments(), close: () => registry.close() };
}
