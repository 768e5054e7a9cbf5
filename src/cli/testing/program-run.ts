/** The program in processes of its own, for tests that end them in the middle. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { Context } from "mocha";
import { HarnessError } from "../../model/errors.ts";
import { probeBinary } from "../../oci/probe-binary.ts";

export const programFile = fileURLToPath(new URL("../main.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly text: string;
}

/** What runs the program's file. */
const node: readonly [string, ...string[]] = [process.execPath];

/** Starts the program; `temp` is its temporary folder. */
export function start(args: readonly string[], temp: string, [command, ...before] = node): ChildProcess {
  return spawn(command, [...before, programFile, ...args], { env: { ...process.env, CI: "1", TMPDIR: temp }, stdio: ["ignore", "pipe", "pipe"] });
}

/** Gives all that it wrote, once it has ended. */
export function end(child: ChildProcess): Promise<Ended> {
  let text = "";
  child.stdout?.on("data", (part: Buffer) => { text += part.toString(); });
  child.stderr?.on("data", (part: Buffer) => { text += part.toString(); });
  return new Promise((resolve) => { child.on("close", (code) => { resolve({ code, text }); }); });
}

/** A `criteria run` with folders of its own below `folder`. */
export class ProgramRun {
  readonly out: string;
  readonly temp: string;
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(folder: string, name: string, args: readonly string[], launcher = node) {
    this.out = join(folder, name);
    this.temp = join(folder, `${name}-tmp`);
    mkdirSync(this.temp);
    this.child = start(["run", "--jobs", "4", "--out", this.out, ...args], this.temp, launcher);
    this.ended = end(this.child);
  }

  /** Resolves when the ledger has so many lines; fails where the run ends before. */
  async untilLedgerHas(lines: number): Promise<void> {
    const ledger = join(this.out, "ledger.ndjson");
    for (let over: Ended | undefined; ; ) {
      if (existsSync(ledger) && readFileSync(ledger, "utf8").split("\n").length > lines) return;
      expect(over?.text, "the run has ended before its middle").to.equal(undefined);
      void this.ended.then((how) => { over = how; });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** Skips the test where the probe can neither be found nor built: only the embedded runtime is served an image without it. A build server must have it. */
export async function needProbe(test: Context): Promise<void> {
  try {
    await probeBinary();
  } catch (error) {
    if (process.env["CI"] === undefined && error instanceof HarnessError && error.code === "FIXTURE_FAILED") test.skip();
    throw error;
  }
}
