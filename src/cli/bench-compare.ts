/** `criteria compare`, and the comparison with a baseline. */
import { type Comparison, compareResults } from "../bench/api.ts";
import { exitCodes } from "../runner/exit-code.ts";
import { readRuns } from "./bench-files.ts";
import { textTable } from "./text-table.ts";
import type { Terminal } from "./terminal.ts";

export interface CompareCommandOptions {
  readonly json?: boolean;
  readonly failOnInconclusive?: boolean;
  readonly least?: number;
}

/** Compares each other side with the first; exit 5 when one is slower. */
export function compareSides(sides: readonly string[], options: CompareCommandOptions, terminal: Terminal): number {
  const [first = "", ...others] = sides;
  const base = readRuns(terminal, first);
  const all: Comparison[] = [];
  const json: unknown[] = [];
  for (const other of others) {
    const found = compareResults(base, readRuns(terminal, other), options.least === undefined ? {} : { leastRelative: options.least / 100 });
    all.push(...found);
    json.push({ a: first, b: other, comparisons: found });
    if (options.json !== true) terminal.out(`${first} → ${other}\n${comparisonTable(found)}\n`);
  }
  if (options.json === true) terminal.out(`${JSON.stringify(json)}\n`);
  return exitOfComparisons(all, options.failOnInconclusive === true);
}

/** A regression is 5; what could not be told is 6 where that was asked for. */
export function exitOfComparisons(comparisons: readonly Comparison[], failOnInconclusive: boolean): number {
  if (comparisons.some(({ verdict }) => verdict === "regression")) return exitCodes.budget;
  const unclear = comparisons.length === 0 || comparisons.some(({ verdict }) => verdict === "inconclusive" || verdict === "incomparable");
  return unclear && failOnInconclusive ? exitCodes.inconclusive : exitCodes.ok;
}

/** The comparisons for people. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const ms = (ns: number): string => (Number.isFinite(ns) ? (ns / 1e6).toFixed(2) : "-");
  const rows = comparisons.map((one) => [
    `p${one.percentile * 100} ${one.name}`, ms(one.a), ms(one.b), ms(one.shiftNs), Number.isFinite(one.relative) ? `${(one.relative * 100).toFixed(1)} %` : "-",
    `${ms(one.interval.low)} … ${ms(one.interval.high)}`, one.pHolm.toFixed(3),
    one.runsNeeded === undefined ? `${one.verdict}: ${one.reason}` : `${one.verdict}: ${one.reason} (about ${one.runsNeeded} runs a side would decide)`,
  ]);
  return textTable(["figure", "A ms", "B ms", "shift ms", "shift", "95 % interval ms", "p (Holm)", "verdict"], rows, new Set([0, 7]));
}
