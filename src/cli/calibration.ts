/** `criteria bench calibrate`: builds and starts the calibration server, and prints the error of the harness. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { calibrate, type CalibrationCell } from "../bench/api.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { exitCodes } from "../runner/exit-code.ts";
import { textTable } from "./text-table.ts";
import type { Terminal } from "./terminal.ts";

const source = new URL("../../fixtures/programs/calibration-server/", import.meta.url);

export interface CalibrateOptions {
  readonly calls: number;
  readonly json?: boolean;
}

/** Runs the calibration. */
export async function runCalibration(options: CalibrateOptions, terminal: Terminal): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "criteria-calibration-"));
  try {
    const program = join(folder, "server");
    await promisify(execFile)("go", ["build", "-o", program, "."], { cwd: fileURLToPath(source), timeout: 180_000 }).catch((cause: unknown) => {
      throw new HarnessError("FIXTURE_FAILED", `the calibration server could not be built: ${messageOf(cause)}`, { hint: "Install Go, with access to its modules.", cause });
    });
    const socket = join(folder, "c.sock");
    const server = spawn(program, ["-listen", socket], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(server, "exit");
    try {
      await once(server.stdout, "data", { signal: AbortSignal.timeout(10_000) });
      const cells = await calibrate({ endpoint: `unix://${socket}`, delaysMs: [1, 5, 20, 100], inFlight: [1, 8, 32], calls: options.calls, signal: terminal.interrupt });
      terminal.out(options.json === true ? `${JSON.stringify(cells)}\n` : `${calibrationTable(cells)}\n`);
    } finally {
      server.kill("SIGTERM");
      await ended;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return terminal.interrupt.aborted ? exitCodes.sigint : exitCodes.ok;
}

function calibrationTable(cells: readonly CalibrationCell[]): string {
  const head = ["delay ms", "in flight", "calls", "p50 service", "raw error", "corrected", "p99 service", "raw error", "corrected", "per s", ""];
  return textTable(head, cells.map(({ delayMs, inFlight, calls, p50, p99, ratePerSecond, saturated }) => [
    String(delayMs), String(inFlight), String(calls), ...[p50.service, p50.raw, p50.corrected, p99.service, p99.raw, p99.corrected].map((ms) => ms.toFixed(2)),
    ratePerSecond.toFixed(0), saturated ? "saturated" : "",
  ]), new Set());
}
