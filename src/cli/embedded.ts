import { rmSync } from "node:fs";
import { join } from "node:path";
import { startReferenceRuntime } from "../reference-runtime/start.ts";
import { makeTempFolder } from "../target/temp-folder.ts";

export interface Embedded {
  readonly endpoint: string;
  close(): Promise<void>;
  /** Takes its folder away at once; the runtime ends with the process. */
  abandon(): void;
}

/** Starts the reference runtime on a socket of its own, in a temporary folder that goes away with it. */
export async function startEmbedded(): Promise<Embedded> {
  const folder = makeTempFolder("criteria-embedded-");
  const endpoint = `unix://${join(folder, "runtime.sock")}`;
  try {
    const runtime = await startReferenceRuntime({ listen: endpoint, stateDir: join(folder, "state") });
    return {
      endpoint,
      async close() {
        await runtime.close();
        rmSync(folder, { recursive: true, force: true });
      },
      abandon() {
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (thrown) {
    rmSync(folder, { recursive: true, force: true });
    throw thrown;
  }
}
