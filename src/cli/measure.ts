import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BenchResult, lifecycleNames, runBench, type Summary } from "../bench/api.ts";
import { HarnessError } from "../model/errors.ts";
import { exitCodes } from "../runner/exit-code.ts";
import type { BenchCommandOptions } from "./commands/bench.ts";
import { makeRunFolder } from "./run-folder.ts";
import { openSession } from "./session.ts";
import type { Terminal } from "./terminal.ts";

interface Measurement {
  readonly workloads: readonly string[];
  readonly options: BenchCommandOptions;
  readonly terminal: Terminal;
}

/** `criteria bench`, from the options to the result on disk. */
export async function measure({ workloads, options, terminal }: Measurement): Promise<number> {
  checkNames(workloads);
  const session = await openSession(options, terminal);
  const logDir = join(tmpdir(), `criteria-${session.runId}`);
  mkdirSync(logDir, { recursive: true });
  try {
    const result = await runBench({
      connect: () => session.connect(), endpoint: session.endpoint, probeImage: session.probeRef, logDir, runId: session.runId,
      handler: options.runtimeHandler ?? "", parallel: options.parallel, iterations: options.iterations, warmUp: options.warmUp,
      operations: workloads.length > 0 ? workloads : lifecycleNames, signal: terminal.interrupt,
    });
    return publish(result, options, terminal);
  } finally {
    rmSync(logDir, { recursive: true, force: true });
    await session.close();
  }
}

function checkNames(workloads: readonly string[]): void {
  const names: readonly string[] = lifecycleNames;
  const wrong = workloads.find((name) => !names.includes(name));
  if (wrong === undefined) return;
  throw new HarnessError("USAGE", `there is no workload '${wrong}'`, { hint: `Choose among ${names.join(", ")}.` });
}

function publish(result: BenchResult, options: BenchCommandOptions, terminal: Terminal): number {
  const { folder } = makeRunFolder(terminal.cwd, options.out);
  const file = join(folder, "benchmark.json");
  writeFileSync(file, `${JSON.stringify(result)}\n`);
  if (options.json === true) terminal.out(`${JSON.stringify(result)}\n`);
  else terminal.out(`${table(result)}\n${file}\n`);
  for (const item of result.leftovers) terminal.err(`left behind: ${item}\n`);
  if (result.interrupted) return terminal.interrupt.reason === "SIGTERM" ? exitCodes.sigterm : exitCodes.sigint;
  return result.leftovers.length > 0 || result.series.some((series) => series.summary.errors > 0) ? exitCodes.broken : exitCodes.ok;
}

function table(result: BenchResult): string {
  const head = ["operation", "count", "errors", "p50 ms", "p90 ms", "p95 ms", "p99 ms", "max ms", "per s"];
  const rows = result.series.map(({ name, phase, summary }) => [`${phase} ${name}`, ...figures(summary)]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  return [head, ...rows].map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ")).join("\n");
}

function figures(summary: Summary): string[] {
  const ms = (ns: number | null): string => (ns === null ? "-" : (ns / 1e6).toFixed(2));
  return [String(summary.count), String(summary.errors), ms(summary.p50), ms(summary.p90), ms(summary.p95), ms(summary.p99), ms(summary.max), summary.ratePerSecond.toFixed(1)];
}
