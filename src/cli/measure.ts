import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BenchResult, compareResults, type Floor, type Gate, judgeGates, lifecycleNames, runBench, type Sample, type Summary } from "../bench/api.ts";
import { HarnessError } from "../model/errors.ts";
import { exitCodes, worstExit } from "../runner/exit-code.ts";
import { comparisonTable, exitOfComparisons } from "./bench-compare.ts";
import { readGates, readRuns } from "./bench-files.ts";
import type { BenchCommandOptions } from "./commands/bench.ts";
import { makeRunFolder } from "./run-folder.ts";
import { openSession } from "./session.ts";
import { textTable } from "./text-table.ts";
import type { Terminal } from "./terminal.ts";

/** Most in flight of an open load, unless --parallel says more. */
const openInFlight = 64;

interface Measurement {
  readonly workloads: readonly string[];
  readonly options: BenchCommandOptions;
  readonly terminal: Terminal;
}

/** `criteria bench`, from the options to the result on disk. */
export async function measure({ workloads, options, terminal }: Measurement): Promise<number> {
  checkNames(workloads);
  const demands = { gates: readGates(terminal.cwd, options.gate ?? []), baseline: options.baseline === undefined ? [] : readRuns(terminal.cwd, options.baseline) };
  const { folder } = makeRunFolder(terminal.cwd, options.out);
  const result = await measureOnce({ workloads, options, terminal }, sampleLog(join(folder, "samples.ndjson")));
  return worstOf([publish(result, { folder, options, terminal }), judge(result, demands, options, terminal)]);
}

/** One run against the target of the options. Nothing of it stays on the runtime. */
export async function measureOnce({ workloads, options, terminal }: Measurement, onSample?: SampleLog): Promise<BenchResult> {
  const session = await openSession(options, terminal);
  const logDir = join(tmpdir(), `criteria-${session.runId}`);
  mkdirSync(logDir, { recursive: true });
  try {
    return await runBench({
      connect: () => session.connect(), endpoint: session.endpoint, imageEndpoint: session.target.imageEndpoint, workers: true,
      probeImage: session.probeRef, logDir, runId: session.runId,
      handler: options.runtimeHandler ?? "", parallel: parallelOf(options), iterations: options.iterations, warmUp: options.warmUp,
      operations: workloads.length > 0 ? workloads : lifecycleNames, signal: terminal.interrupt,
      ...(onSample === undefined ? {} : { onSample }), ...(options.resident === undefined ? {} : { resident: options.resident }),
      ...(options.rate === undefined ? {} : { open: { ratePerSecond: rateOf(options.rate), durationMs: options.duration, spacing: options.spacing, seed: options.seed } }),
    });
  } finally {
    rmSync(logDir, { recursive: true, force: true });
    await session.close();
  }
}

type SampleLog = (name: string, phase: string, sample: Sample) => void;

/** Appends each sample as a line. */
function sampleLog(file: string): SampleLog {
  writeFileSync(file, "");
  return (name, phase, sample) => appendFileSync(file, `${JSON.stringify({ phase, name, ...sample })}\n`);
}

function rateOf(rate: number): number {
  if (Number.isFinite(rate) && rate > 0) return rate;
  throw new HarnessError("USAGE", `--rate is ${rate}`, { hint: "Give a number above 0." });
}

/** An open load needs room to have several in flight. */
function parallelOf(options: BenchCommandOptions): number {
  return options.rate === undefined ? options.parallel : Math.max(options.parallel, openInFlight);
}

interface Demands {
  readonly gates: readonly Gate[];
  readonly baseline: readonly BenchResult[];
}

/** What was demanded of the figures: exit 5 when it does not hold. */
function judge(result: BenchResult, { gates, baseline }: Demands, options: BenchCommandOptions, terminal: Terminal): number {
  if (result.interrupted) return exitCodes.ok;
  const say = options.json === true ? terminal.err : terminal.out;
  const codes: number[] = [];
  const comparable = baseline.filter(({ environment }) => environment.fingerprint === result.environment.fingerprint);
  if (comparable.length < baseline.length) terminal.err("baselines of hosts with another fingerprint are not used\n");
  for (const { ok, message } of judgeGates(gates, result, comparable[0])) {
    say(`gate ${ok ? "holds" : "FAILS"}  ${message}\n`);
    if (!ok) codes.push(exitCodes.budget);
  }
  if (baseline.length > 0) {
    const comparisons = compareResults(baseline, [result]);
    say(`${comparisonTable(comparisons)}\n`);
    codes.push(exitOfComparisons(comparisons, options.failOnInconclusive === true));
  }
  return worstExit(codes);
}

/** An interrupt says so, whatever else was found. */
function worstOf(codes: readonly number[]): number {
  return codes.find((code) => code === exitCodes.sigint || code === exitCodes.sigterm) ?? worstExit(codes);
}

function checkNames(workloads: readonly string[]): void {
  const names: readonly string[] = lifecycleNames;
  const wrong = workloads.find((name) => !names.includes(name));
  if (wrong === undefined) return;
  throw new HarnessError("USAGE", `there is no workload '${wrong}'`, { hint: `Choose among ${names.join(", ")}.` });
}

interface Publication {
  readonly folder: string;
  readonly options: BenchCommandOptions;
  readonly terminal: Terminal;
}

function publish(result: BenchResult, { folder, options, terminal }: Publication): number {
  const file = join(folder, "benchmark.json");
  writeFileSync(file, `${JSON.stringify(result)}\n`);
  if (options.json === true) terminal.out(`${JSON.stringify(result)}\n`);
  else terminal.out(`${table(result)}\n${instrument(result)}${file}\n`);
  for (const item of result.leftovers) terminal.err(`left behind: ${item}\n`);
  if (result.interrupted) return terminal.interrupt.reason === "SIGTERM" ? exitCodes.sigterm : exitCodes.sigint;
  return result.leftovers.length > 0 || result.series.some((series) => series.summary.errors > 0) ? exitCodes.broken : exitCodes.ok;
}

function table(result: BenchResult): string {
  const head = ["operation", "count", "errors", "p50 ms", "p90 ms", "p95 ms", "p99 ms", "max ms", "per s"];
  const isOpen = result.load.model === "open";
  const rows = result.series.map(({ name, phase, summary, flags }) => [
    `${phase} ${name}${flags === undefined ? "" : " *"}`, ...figures(summary), ...(isOpen ? [String(summary.late), String(summary.dropped)] : []),
  ]);
  return textTable(isOpen ? [...head, "late", "dropped"] : head, rows);
}

/** What measuring itself took, and what the daemon did meanwhile. */
function instrument({ series, floor, harness, daemon }: BenchResult): string {
  const flagged = series.some(({ flags }) => flags !== undefined);
  const lines = [
    ...(flagged ? ["* the floor's p99 exceeds 10 % of this p99: a good part of the figure is the harness"] : []),
    ...(floor.before === null ? [] : [`floor before  ${floorLine(floor.before)}`]),
    ...(floor.after === null ? [] : [`floor after   ${floorLine(floor.after)}`]),
    ...(harness === null ? [] : [`harness  ${harness.cpuSeconds.toFixed(2)} CPU s, event loop delay p99 ${toMs(harness.eventLoopDelayP99Ns)} ms, ${harness.gcCount} collections in ${toMs(harness.gcTotalNs)} ms`]),
    ...(daemon === undefined ? [] : [`daemon ${daemon.pid}  ${daemon.cpuSeconds.toFixed(2)} CPU s, RSS ${daemon.rssBytes.map((bytes) => (bytes / 2 ** 20).toFixed(1)).join(" → ")} MiB, threads ${daemon.threads.join(" → ")}, fds ${daemon.fileDescriptors.join(" → ")}`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function floorLine({ p50, p99, samples, parallel }: Floor): string {
  return `p50 ${toMs(p50)} ms, p99 ${toMs(p99)} ms (${samples} calls, ${parallel} in flight)`;
}

function toMs(ns: number): string {
  return (ns / 1e6).toFixed(2);
}

function figures(summary: Summary): string[] {
  const ms = (ns: number | null): string => (ns === null ? "-" : toMs(ns));
  return [String(summary.count), String(summary.errors), ms(summary.p50), ms(summary.p90), ms(summary.p95), ms(summary.p99), ms(summary.max), summary.ratePerSecond.toFixed(1)];
}
