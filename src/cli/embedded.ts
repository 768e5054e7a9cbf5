import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startReferenceRuntime } from "../reference-runtime/start.ts";
import { interrupted } from "./image-jobs.ts";
import type { Terminal } from "./terminal.ts";

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

/** `criteria runtime --listen`: serves until it is interrupted. */
export async function serveReferenceRuntime(options: { readonly listen: string; readonly stateDir?: string }, terminal: Terminal): Promise<number> {
  const own = options.stateDir === undefined ? mkdtempSync(join(tmpdir(), "criteria-runtime-")) : undefined;
  const stateDir = own ?? resolve(terminal.cwd, options.stateDir ?? "");
  try {
    const runtime = await startReferenceRuntime({ listen: options.listen.replace(/^tcp:\/\//, ""), stateDir });
    terminal.out(`serving CRI at ${runtime.endpoint}\n`);
    await interrupted(terminal.interrupt);
    await runtime.close();
    return 0;
  } finally {
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
  }
}
