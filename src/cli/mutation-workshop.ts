import { rmSync } from "node:fs";
import { loadCatalog } from "../catalog/load.ts";
import { connectCri } from "../cri/grpc-client.ts";
import type { Workshop } from "../mutation/arena.ts";
import { type Carrier, proxyCarrier, referenceCarrier, runcCarrier } from "../mutation/carrier.ts";
import { probeBinary } from "../oci/probe-binary.ts";
import { startRegistry } from "../oci/registry-server.ts";
import { createTestImages } from "../oci/test-images.ts";
import { makeTempFolder } from "../target/temp-folder.ts";
import { readDocuments } from "./documents.ts";
import { imageProvider } from "./image-provider.ts";

/** Plain data: it goes to other processes. */
export interface WorkshopOptions {
  readonly suites?: string;
  /** A real runtime; absent: the reference runtime. */
  readonly upstream?: string;
  readonly handler?: string;
  /** Where our runc stands, as the handler names it: mutants change what it is told, and nothing on the wire. */
  readonly runc?: string;
}

export type OpenWorkshop = Workshop & { close(): Promise<void> };

const connectMs = 10_000;

/** What all mutants of a process share: suites, documents and a registry of the test images. */
export async function openWorkshop(options: WorkshopOptions): Promise<OpenWorkshop> {
  const { suites, upstream } = options;
  const catalog = loadCatalog(suites === undefined ? {} : { dir: suites });
  const carrier = carrierOf(options);
  const sound = upstream === undefined ? undefined : await connectCri({ runtimeEndpoint: upstream, connectTimeoutMs: connectMs, api: "v1" });
  const probe = upstream === undefined ? null : await probeBinary();
  const registry = await startRegistry({ host: "127.0.0.1", port: 0 });
  const images = createTestImages({ registry, probe, runId: `m${process.pid}` });
  const folder = makeTempFolder("criteria-mutation-");
  return {
    catalog, carrier, ...(sound === undefined ? {} : { sound }), folder, images: imageProvider(images, images.probeRef), probeRef: images.probeRef, documents: readDocuments(),
    async close() {
      await sound?.call("RemoveImage", { image: { image: images.probeRef } });
      sound?.close();
      await registry.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

function carrierOf({ upstream, handler, runc }: WorkshopOptions): Carrier {
  if (upstream === undefined) return referenceCarrier;
  return runc === undefined ? proxyCarrier(upstream, handler) : runcCarrier(upstream, handler ?? "", runc);
}
