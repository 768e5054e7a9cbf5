import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type BenchResult, compareResults, type Gate, IncompleteBench, judgeGates, runBench, type Sample, type ServeImage, toHtml } from "../bench/api.ts";
import { exitByInterrupt, exitCodes, worstExit } from "../runner/exit-code.ts";
import { messageOf } from "../model/errors.ts";
import { forgetTempFolder, makeTempFolder } from "../target/temp-folder.ts";
import { comparisonTable, exitOfComparisons } from "./bench-compare.ts";
import { readGates, readRuns } from "./bench-files.ts";
import { loadOf } from "./bench-load.ts";
import { resultNotes, resultTable } from "./bench-output.ts";
import { selectWorkloads, type WorkloadSelection, whatRuns } from "./bench-workloads.ts";
import type { BenchCommandOptions, LoadOptions } from "./commands/bench-options.ts";
import { imageSpecOf } from "./image-provider.ts";
import type { TargetOptions } from "./options.ts";
import { makeRunFolder } from "./run-folder.ts";
import { newRunId, openSession, type Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";

interface Measurement {
  readonly workloads: readonly string[];
  readonly options: BenchCommandOptions;
  readonly terminal: Terminal;
}

/** `criteria bench`, from the options to the result on disk. */
export async function measure({ workloads, options, terminal }: Measurement): Promise<number> {
  const selection = selectWorkloads(workloads, terminal.cwd);
  if (options.list === true) return listWorkloads(selection, terminal);
  const demands = { gates: readGates(terminal.cwd, options.gate ?? []), baseline: options.baseline === undefined ? [] : readRuns(terminal, options.baseline) };
  const runId = newRunId();
  const { folder } = makeRunFolder(terminal.cwd, options.out, runId);
  const result = await measureOnce({ selection, options, terminal, runId }, folder).catch((thrown: unknown): never => {
    // What was measured before the failure took its time, and stands.
    if (thrown instanceof IncompleteBench && thrown.result.series.length > 0) show(thrown.result, { folder, options, terminal });
    throw thrown;
  });
  return worstExit([publish(result, { folder, options, terminal }), judge(result, demands, options, terminal)]);
}

function listWorkloads({ known }: WorkloadSelection, terminal: Terminal): number {
  terminal.out(known.map(({ name, about }) => `${name.padEnd(24)}${about}\n`).join(""));
  return exitCodes.ok;
}

interface OneMeasurement {
  readonly selection: WorkloadSelection;
  readonly options: TargetOptions & LoadOptions;
  readonly terminal: Terminal;
  readonly runId: string;
}

/** One run against the target of the options, its samples in the folder as they come. Nothing of it stays on the runtime. */
export async function measureOnce({ selection, options, terminal, runId }: OneMeasurement, folder: string): Promise<BenchResult> {
  const load = loadOf(options, selection.selected);
  const session = await openSession(options, terminal, runId);
  const logDir = makeTempFolder(`criteria-${session.runId}`);
  // The embedded runtime ends with this process, and nobody could clean up after it.
  if (options.embedded === true) terminal.onKill(() => { forgetTempFolder(logDir); });
  mkdirSync(folder, { recursive: true });
  const samples = sampleLog(join(folder, "samples.ndjson"));
  const { runs, lacks } = whatRuns(selection, session.target.facts.rpcs);
  for (const [name, feature] of lacks) terminal.err(`${name} is left out: the runtime lacks ${feature}\n`);
  const serveImage = serverOf(session);
  try {
    return await runBench({
      connect: () => session.connect(), endpoint: session.endpoint, imageEndpoint: session.target.imageEndpoint, workers: true,
      probeImage: session.probeRef, logDir, runId: session.runId, handler: options.runtimeHandler ?? "",
      workloads: runs, known: selection.known, signal: terminal.interrupt, onSamples: samples.add,
      ...(load === undefined ? {} : { load }), ...(options.resident === undefined ? {} : { resident: options.resident }), ...(serveImage === undefined ? {} : { serveImage }),
    });
  } finally {
    samples.close();
    try {
      forgetTempFolder(logDir);
    } catch (thrown) {
      // Something still writes there: it is told of, and what was measured stands.
      terminal.err(`left behind: ${logDir}: ${messageOf(thrown)}\n`);
    }
    await session.close();
  }
}

/** Absent with `--image-registry`: that one serves what it has. */
function serverOf({ images }: Session): ServeImage | undefined {
  if (images === undefined) return undefined;
  return (keys) => {
    const { ref, digest } = images.make(imageSpecOf(keys));
    return { ref, digest };
  };
}

interface SampleLog {
  readonly add: (name: string, phase: string, samples: readonly Sample[]) => void;
  readonly close: () => void;
}

/** Appends each sample as a line, as they come from the workers. */
function sampleLog(path: string): SampleLog {
  const file = openSync(path, "w");
  return {
    add: (name, phase, samples) => void writeSync(file, samples.map((sample) => `${JSON.stringify({ phase, name, ...sample })}\n`).join("")),
    close: () => closeSync(file),
  };
}

interface Demands {
  readonly gates: readonly Gate[];
  readonly baseline: readonly BenchResult[];
}

/** What was demanded of the figures: exit 5 when it does not hold. */
function judge(result: BenchResult, { gates, baseline }: Demands, options: BenchCommandOptions, terminal: Terminal): number {
  if (result.interrupted) return exitCodes.ok;
  const say = options.json === true ? terminal.err : terminal.out;
  const codes: number[] = (result.budgets ?? []).some(({ ok }) => !ok) ? [exitCodes.budget] : [];
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

interface Publication {
  readonly folder: string;
  readonly options: BenchCommandOptions;
  readonly terminal: Terminal;
}

function show(result: BenchResult, { folder, options, terminal }: Publication): void {
  writeResult(result, folder);
  if (options.json === true) terminal.out(`${JSON.stringify(result)}\n`);
  else terminal.out(`${resultTable(result)}\n${resultNotes(result)}${join(folder, "benchmark.json")}\n`);
}

function publish(result: BenchResult, { folder, options, terminal }: Publication): number {
  show(result, { folder, options, terminal });
  for (const item of result.leftovers) terminal.err(`left behind: ${item}\n`);
  if (result.interrupted) return exitByInterrupt(terminal.interrupt);
  return isBroken(result) ? exitCodes.broken : exitCodes.ok;
}

/** Writes benchmark.json, and beside it what people open in a browser. */
export function writeResult(result: BenchResult, folder: string): void {
  writeFileSync(join(folder, "benchmark.json"), `${JSON.stringify(result)}\n`);
  writeFileSync(join(folder, "benchmark.html"), toHtml(result));
}

/** Something failed that no figure shows, or there is no figure. */
export function isBroken({ leftovers, series }: BenchResult): boolean {
  return leftovers.length > 0 || series.some(({ summary }) => summary.errors > 0) || !series.some(({ summary }) => summary.count > 0);
}
