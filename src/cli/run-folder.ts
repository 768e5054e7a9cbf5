import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

export interface RunFolder {
  readonly runId: string;
  readonly folder: string;
}

/** The folder of the run, and its id: the time, so that it sorts, and then the short id, which its objects carry. */
export function makeRunFolder(cwd: string, out: string | undefined, shortId: string): RunFolder {
  const stamp = new Date().toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const runId = `${stamp}-${shortId}`;
  const folder = out === undefined ? join(cwd, "reports", "out", runId) : resolve(cwd, out);
  mkdirSync(folder, { recursive: true });
  return { runId, folder };
}

/** What the objects of a run carry, and its folders and images are named by: the end of its id. */
export function shortIdOf(runId: string): string {
  return runId.replace(/^\d{8}-\d{6}-/, "");
}
