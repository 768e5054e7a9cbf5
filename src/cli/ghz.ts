/** ghz on the calibration server, so that its errors stand beside ours. */
import { execFile } from "node:child_process";
import { readFileSync, truncateSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ascending, type CalibrationCell, callsOf, cellOf, importers } from "../bench/api.ts";
import { HarnessError, messageOf } from "../model/errors.ts";

const proto = new URL("../../proto/runtime/v1/api.proto", import.meta.url);
const timeoutMs = 180_000;
const mostBytes = 512 * 2 ** 20;

export interface GhzOptions {
  readonly program: string;
  readonly socket: string;
  /** Where the server stamps each call. */
  readonly stamps: string;
  readonly delaysMs: readonly number[];
  readonly inFlight: readonly number[];
  readonly calls: number;
  readonly signal: AbortSignal;
}

/** The same cells, driven by ghz over a connection for each eight in flight, as our own load is. It knows no floor: nothing is taken off. */
export async function calibrateGhz(options: GhzOptions): Promise<CalibrationCell[]> {
  const cells: CalibrationCell[] = [];
  for (const inFlight of options.inFlight) {
    const capacityPerSecond = (await drive(options, 0, inFlight)).ratePerSecond;
    for (const delayMs of options.delaysMs) {
      if (options.signal.aborted) return cells;
      cells.push(cellOf(delayMs, inFlight, { ...(await drive(options, delayMs, inFlight)), floor: new Float64Array(), capacityPerSecond }));
    }
  }
  return cells;
}

async function drive(options: GhzOptions, delayMs: number, inFlight: number): Promise<{ times: Float64Array; service: Float64Array; ratePerSecond: number }> {
  truncateSync(options.stamps);
  const argv = [
    "--insecure", "--proto", fileURLToPath(proto), "--call", "runtime.v1.RuntimeService.Version", "-d", JSON.stringify({ version: `${delayMs}ms` }),
    "-c", String(inFlight), "-n", String(callsOf(options.calls, inFlight)), "--connections", String(Math.ceil(inFlight / 8)), "-O", "json", `unix://${options.socket}`,
  ];
  const { stdout } = await promisify(execFile)(options.program, argv, { timeout: timeoutMs, maxBuffer: mostBytes, signal: options.signal }).catch((cause: unknown) => {
    throw new HarnessError("USAGE", `ghz failed: ${messageOf(cause)}`, { hint: "Name a ghz that works with --ghz.", cause });
  });
  const result = importers["ghz"]?.(stdout);
  const samples = result?.series[0]?.samples.filter(({ code }) => code === "OK") ?? [];
  const begin = Math.min(...samples.map(({ startNs }) => startNs));
  const end = Math.max(...samples.map(({ startNs, durationNs }) => startNs + durationNs));
  return {
    times: ascending(samples.map(({ durationNs }) => durationNs / 1e6)), ratePerSecond: samples.length * 1e9 / (end - begin),
    service: ascending(readFileSync(options.stamps, "utf8").split("\n").filter((line) => line !== "").map((line) => Number(line) / 1e6)),
  };
}
