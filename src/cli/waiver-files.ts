import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { HarnessError, messageOf } from "../model/errors.ts";
import { parseWaivers, type Waiver } from "../runner/waivers.ts";

/** Reads the files of `--waivers`. They are never loaded by themselves. */
export function readWaiverFiles(files: readonly string[], cwd: string): Waiver[] {
  return files.flatMap((file) => parseWaivers(textOf(resolve(cwd, file), file), file));
}

function textOf(path: string, shown: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new HarnessError("USAGE", `the waivers cannot be read: ${messageOf(cause)}`, { hint: `Correct --waivers ${shown}.`, cause });
  }
}
