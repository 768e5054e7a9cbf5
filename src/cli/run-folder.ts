import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

export interface RunFolder {
  readonly runId: string;
  readonly folder: string;
}

/** A new id that sorts by time, and the folder of the run. */
export function makeRunFolder(cwd: string, out: string | undefined): RunFolder {
  const stamp = new Date().toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const runId = `${stamp}-${randomBytes(2).toString("hex")}`;
  const folder = out === undefined ? join(cwd, "reports", "out", runId) : resolve(cwd, out);
  mkdirSync(folder, { recursive: true });
  return { runId, folder };
}
