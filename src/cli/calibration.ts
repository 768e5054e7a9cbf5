/** `criteria bench calibrate`: builds and starts the calibration server, and prints the error of the harness. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { calibrate, type CalibrationCell } from "../bench/api.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { exitByInterrupt, exitCodes } from "../runner/exit-code.ts";
import { forgetTempFolder, makeTempFolder } from "../target/temp-folder.ts";
import { calibrateGhz } from "./ghz.ts";
import { textTable } from "./text-table.ts";
import type { Terminal } from "./terminal.ts";

const source = new URL("../../fixtures/programs/calibration-server/", import.meta.url);

export interface CalibrateOptions {
  readonly calls: number;
  readonly delays: readonly number[];
  readonly inFlight: readonly number[];
  /** The path of ghz. */
  readonly ghz?: string;
  readonly json?: boolean;
}

/** Runs the calibration; exit 5 when a cell outside saturation is further off than it is meant to be. */
export async function runCalibration(options: CalibrateOptions, terminal: Terminal): Promise<number> {
  const folder = makeTempFolder("criteria-calibration-");
  try {
    const program = join(folder, "server");
    await promisify(execFile)("go", ["build", "-o", program, "."], { cwd: fileURLToPath(source), timeout: 180_000 }).catch((cause: unknown) => {
      throw new HarnessError("FIXTURE_FAILED", `the calibration server could not be built: ${messageOf(cause)}`, { hint: "Install Go, with access to its modules.", cause });
    });
    return await drive(program, folder, options, terminal);
  } finally {
    forgetTempFolder(folder);
  }
}

async function drive(program: string, folder: string, options: CalibrateOptions, terminal: Terminal): Promise<number> {
  const [socket, stamps] = [join(folder, "c.sock"), join(folder, "stamps")];
  writeFileSync(stamps, "");
  const server = spawn(program, ["-listen", socket, "-stamps", stamps], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  try {
    await once(server.stdout, "data", { signal: AbortSignal.timeout(10_000) });
    const shared = { delaysMs: options.delays, inFlight: options.inFlight, calls: options.calls, signal: terminal.interrupt };
    const cells = await calibrate({ ...shared, endpoint: `unix://${socket}`, onCell: (cell) => terminal.err(`${cell.delayMs} ms, ${cell.inFlight} in flight: ${verdictOf(cell)}\n`) });
    const ghz = options.ghz === undefined || terminal.interrupt.aborted ? undefined : await calibrateGhz({ ...shared, program: resolve(terminal.cwd, options.ghz), socket, stamps });
    if (options.json === true) terminal.out(`${JSON.stringify(ghz === undefined ? { criteria: cells } : { criteria: cells, ghz })}\n`);
    else terminal.out(`criteria\n${calibrationTable(cells)}\n${ghz === undefined ? "" : `\nghz\n${calibrationTable(ghz)}\n`}`);
    if (terminal.interrupt.aborted) return exitByInterrupt(terminal.interrupt);
    return cells.some(({ saturated, p50, p99 }) => !saturated && !(p50.ok && p99.ok)) ? exitCodes.budget : exitCodes.ok;
  } finally {
    server.kill("SIGTERM");
    await ended;
  }
}

function calibrationTable(cells: readonly CalibrationCell[]): string {
  const head = ["delay ms", "in flight", "calls", "p50 service", "raw error", "corrected", "p99 service", "raw error", "corrected", "per s", ""];
  return textTable(head, cells.map(({ delayMs, inFlight, calls, p50, p99, ratePerSecond, saturated }) => [
    String(delayMs), String(inFlight), String(calls), ...[p50.service, p50.raw, p50.corrected, p99.service, p99.raw, p99.corrected].map((ms) => ms.toFixed(2)),
    ratePerSecond.toFixed(0), verdictOf({ saturated, p50, p99 }),
  ]), new Set([10]));
}

function verdictOf({ saturated, p50, p99 }: Pick<CalibrationCell, "saturated" | "p50" | "p99">): string {
  if (saturated) return "saturated";
  return p50.ok && p99.ok ? "ok" : "off";
}
