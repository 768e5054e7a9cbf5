import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startReferenceRuntime } from "../reference-runtime/start.ts";

export interface Embedded {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Starts the reference runtime on a socket of its own, in a temporary folder that goes away with it. */
export async function startEmbedded(): Promise<Embedded> {
  const folder = mkdtempSync(join(tmpdir(), "criteria-embedded-"));
  const endpoint = `unix://${join(folder, "runtime.sock")}`;
  try {
    const runtime = await startReferenceRuntime({ listen: endpoint, stateDir: join(folder, "state") });
    return {
      endpoint,
      async close() {
        await runtime.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (thrown) {
    rmSync(folder, { recursive: true, force: true });
    throw thrown;
  }
}
