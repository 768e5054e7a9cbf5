/** `criteria bench ab`, `aa` and `resample`: runs of two sides by turns, and what can be told from them. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type BenchResult, compareResults, type Detectable, detectable, figuresOfRuns, resampleComparisons } from "../bench/api.ts";
import { HarnessError } from "../model/errors.ts";
import { exitByInterrupt, exitCodes, worstExit } from "../runner/exit-code.ts";
import { comparisonTable, exitOfComparisons } from "./bench-compare.ts";
import { readRuns } from "./bench-files.ts";
import { selectWorkloads } from "./bench-workloads.ts";
import type { LoadOptions } from "./commands/bench-options.ts";
import { isBroken, measureOnce, writeResult } from "./measure.ts";
import type { OutputOptions, TargetOptions } from "./options.ts";
import { makeRunFolder } from "./run-folder.ts";
import { newRunId } from "./session.ts";
import type { Terminal } from "./terminal.ts";
import { textTable } from "./text-table.ts";

export interface SidesOptions extends TargetOptions, LoadOptions, Pick<OutputOptions, "json" | "quiet"> {
  readonly runs: number;
  readonly against?: string;
  readonly out?: string;
  readonly least?: number;
  readonly failOnInconclusive?: boolean;
}

interface Sides {
  readonly workloads: readonly string[];
  readonly options: SidesOptions;
  readonly terminal: Terminal;
}

/** Two targets by turns (ABBA, so that drift of the host hits both), then compared. */
export async function benchAb(sides: Sides): Promise<number> {
  const { options, terminal } = sides;
  if (options.against === undefined) throw new HarnessError("USAGE", "there is no second side", { hint: "Name its endpoint with --against, or use `criteria bench aa`." });
  const { a, b, broken } = await record(sides, options.against);
  if (terminal.interrupt.aborted) return exitByInterrupt(terminal.interrupt);
  const comparisons = compareResults(a, b, least(options));
  terminal.out(options.json === true ? `${JSON.stringify(comparisons)}\n` : `${comparisonTable(comparisons)}\n`);
  return worstExit([exitOfComparisons(comparisons, options.failOnInconclusive === true), broken ? exitCodes.broken : exitCodes.ok]);
}

/** One target against itself: what is called a change is a false alarm; and the smallest change that this host would show. */
export async function benchAa(sides: Sides): Promise<number> {
  const { options, terminal } = sides;
  const { a, b, broken } = await record(sides, undefined);
  if (terminal.interrupt.aborted) return exitByInterrupt(terminal.interrupt);
  const comparisons = compareResults(a, b, least(options));
  const smallest = detectable(figuresOfRuns([...a, ...b]), { runs: options.runs, ...least(options) });
  const alarms = comparisons.filter(({ verdict }) => verdict === "regression" || verdict === "improvement").length;
  if (options.json === true) terminal.out(`${JSON.stringify({ comparisons, smallest })}\n`);
  else terminal.out(`${comparisonTable(comparisons)}\n\n${alarms} false alarms\n\nthe smallest change that ${options.runs} runs a side show on this host in 4 of 5 comparisons:\n${detectableTable(smallest)}\n`);
  return broken ? exitCodes.broken : exitCodes.ok;
}

export interface ResampleCommandOptions {
  readonly runs: number;
  readonly comparisons: number;
  readonly seed: number;
  readonly least?: number;
  readonly json?: boolean;
}

/** Draws comparisons from recorded runs: how often they raise an alarm. */
export function benchResample(sides: readonly string[], options: ResampleCommandOptions, terminal: Terminal): number {
  const [first = "", second] = sides;
  const a = readRuns(terminal, first);
  const b = second === undefined ? undefined : readRuns(terminal, second);
  const wanted = b === undefined ? options.runs * 2 : options.runs;
  if (a.length < wanted || (b !== undefined && b.length < options.runs)) {
    throw new HarnessError("USAGE", `${a.length}${b === undefined ? "" : ` and ${b.length}`} runs are too few for ${options.runs} a side`, { hint: "Record more, or ask for fewer with --runs." });
  }
  const counted = resampleComparisons(a, b, { runs: options.runs, comparisons: options.comparisons, seed: options.seed, ...least(options) });
  if (options.json === true) terminal.out(`${JSON.stringify(counted)}\n`);
  else terminal.out(`${textTable(["metric", "regression", "improvement"], counted.metrics.map(({ name, percentile, regressions, improvements }) => [`p${percentile * 100} ${name}`, String(regressions), String(improvements)]))}\n${counted.alarms} of ${counted.comparisons} comparisons raised an alarm\n`);
  return exitCodes.ok;
}

function least(options: { readonly least?: number }): { readonly leastRelative?: number } {
  return options.least === undefined ? {} : { leastRelative: options.least / 100 };
}

interface Recorded {
  readonly a: BenchResult[];
  readonly b: BenchResult[];
  readonly broken: boolean;
}

/** Runs A B B A A B …; each run has workers, a warm-up and a folder of its own. Runs that are there already are not made again. */
async function record({ workloads, options, terminal }: Sides, against: string | undefined): Promise<Recorded> {
  const selection = selectWorkloads(workloads, terminal.cwd);
  // All turns have the id that the folder tells: `criteria clean --run` takes it.
  const runId = newRunId();
  const folder = options.out === undefined ? makeRunFolder(terminal.cwd, undefined, runId).folder : resolve(terminal.cwd, options.out);
  const recorded: Recorded & { broken: boolean } = { a: [], b: [], broken: false };
  for (let turn = 0; turn < options.runs * 2; turn += 1) {
    if (terminal.interrupt.aborted) break;
    const side = turn % 4 === 0 || turn % 4 === 3 ? "a" : "b";
    // The embedded runtime can be the first side only: it would take the place of the endpoint.
    const target = side === "a" || against === undefined ? options : { ...options, embedded: false, runtimeEndpoint: against, imageEndpoint: against };
    const place = join(folder, side, String(recorded[side].length + 1).padStart(2, "0"));
    if (existsSync(join(place, "benchmark.json"))) {
      const before = readRuns(terminal, join(place, "benchmark.json"));
      recorded[side].push(...before);
      if (before.some(isBroken)) recorded.broken = true;
      continue;
    }
    const result = await measureOnce({ selection, options: target, terminal, runId }, place);
    if (result.interrupted) break;
    writeResult(result, place);
    recorded[side].push(result);
    if (isBroken(result)) recorded.broken = true;
    if (options.quiet !== true) terminal.err(`${turn + 1}/${options.runs * 2}  ${side}  ${(result.wallNs / 1e9).toFixed(1)} s${isBroken(result) ? "  with errors" : ""}\n`);
  }
  terminal.err(`${folder}\n`);
  return recorded;
}

function detectableTable(list: readonly Detectable[]): string {
  const ms = (ns: number): string => (Number.isFinite(ns) ? (ns / 1e6).toFixed(2) : "-");
  return textTable(["metric", "median ms", "change ms", "change"], list.map(({ name, percentile, medianNs, changeNs, relative }) => [
    `p${percentile * 100} ${name}`, ms(medianNs), ms(changeNs), Number.isFinite(relative) ? `${(relative * 100).toFixed(1)} %` : "-",
  ]));
}
