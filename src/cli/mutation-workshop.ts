import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  const folder = mkdtempSync(join(tmpdir(), "criteria-mutation-"));
  return {
    catalog, folder, images: imageProvider(images, images.probeRef), probeRef: images.probeRef, documents: readDocuments(),
    async close() {
      await registry.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
