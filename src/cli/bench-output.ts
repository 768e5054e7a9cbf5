/** What `criteria bench` shows on a terminal. */
import type { BenchResult, Floor, Summary } from "../bench/api.ts";
import { textTable } from "./text-table.ts";

/** The figures of every series. */
export function resultTable(result: BenchResult): string {
  const head = ["operation", "count", "errors", "p50 ms", "p90 ms", "p95 ms", "p99 ms", "max ms", "per s"];
  const isOpen = result.series.some(({ summary }) => summary.late > 0 || summary.dropped > 0);
  const rows = result.series.map(({ name, phase, summary, flags }) => [
    `${phase} ${name}${flags === undefined ? "" : " *"}`, ...figures(summary), ...(isOpen ? [String(summary.late), String(summary.dropped)] : []),
  ]);
  return textTable(isOpen ? [...head, "late", "dropped"] : head, rows);
}

/** What measuring itself took, what the runtime used meanwhile, and what was found beyond figures. */
export function resultNotes(result: BenchResult): string {
  const { series, floor, harness } = result;
  const flagged = series.some(({ flags }) => flags !== undefined);
  const lines = [
    ...(flagged ? ["* the floor's p99 exceeds 10 % of this p99: a good part of the figure is the harness"] : []),
    ...(result.knees ?? []).map(({ workload, levels, parallel }) => `knee of ${workload}: ${parallel} in flight (${levels.map((level) => `${level.parallel}: ${level.ratePerSecond.toFixed(1)}/s`).join(", ")})`),
    ...(result.density ?? []).map(({ resident, perPod }) => `one of ${resident} pods  RSS ${mib(perPod.rssBytes)}, PSS ${perPod.pssBytes === null ? "-" : mib(perPod.pssBytes)}, ${perPod.threads.toFixed(1)} threads, ${perPod.fileDescriptors.toFixed(1)} fds`),
    ...(result.budgets ?? []).map(({ workload, about, ok, message }) => `budget ${ok ? "holds" : "FAILS"}  ${workload}: ${about}${message === "" ? "" : ` ${message}`}`),
    ...(floor.before === null ? [] : [`floor before  ${floorLine(floor.before)}`]),
    ...(floor.after === null ? [] : [`floor after   ${floorLine(floor.after)}`]),
    ...(harness === null ? [] : [`harness  ${harness.cpuSeconds.toFixed(2)} CPU s in workers, ${(harness.parentCpuSeconds ?? 0).toFixed(2)} beside them, ${memoryOf(result)}, event loop delay p99 ${toMs(harness.eventLoopDelayP99Ns)} ms, ${harness.gcCount} collections in ${toMs(harness.gcTotalNs)} ms`]),
    ...runtimeLines(result),
    ...(result.notes ?? []).map((note) => `note  ${note}`),
    ...series.flatMap(({ name, phase, thinned }) => (thinned === undefined ? [] : [`note  ${phase} ${name}: benchmark.json holds one of ${thinned} samples and the figures of all, samples.ndjson holds all`])),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Resident memory while all workers were at work: after the first fifth, when start-up is over, at the end of the load, and the slope between. */
function memoryOf({ runtime, series }: BenchResult): string {
  // Later the results are put together, which takes memory of its own.
  const overNs = series.reduce((last, { samples }) => samples.reduce((end, { startNs, durationNs }) => Math.max(end, startNs + durationNs), last), 0);
  const timeline = (runtime?.timeline ?? []).filter(({ atNs }) => atNs <= overNs);
  const most = Math.max(0, ...timeline.map(({ workers }) => workers));
  const full = timeline.filter(({ workers }) => workers === most);
  const seen = full.slice(Math.floor(full.length / 5));
  const [begin, end] = [seen[0], seen.at(-1)];
  if (begin === undefined || end === undefined) return "memory unknown";
  return `memory ${mib(begin.harnessRssBytes)} → ${mib(end.harnessRssBytes)} (${(slopeOf(seen.map((moment) => [moment.atNs / 60e9, moment.harnessRssBytes / 2 ** 20])) ?? 0).toFixed(2)} MiB a minute, ${most} workers)`;
}

/** Of the line of least squares; nothing for fewer than two points apart. */
function slopeOf(points: readonly (readonly [x: number, y: number])[]): number | undefined {
  const mean = (axis: 0 | 1): number => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return spread === 0 ? undefined : points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / spread;
}

function runtimeLines({ runtime }: BenchResult): string[] {
  const { pid, before, after, cpuSeconds = 0, shimCpuSeconds = 0, leaks = [] } = runtime ?? {};
  if (pid === undefined || before === undefined || after === undefined) return [];
  const most = Math.max(0, ...(runtime?.timeline ?? []).map(({ shims }) => shims ?? 0));
  const pair = (was: number, is: number): string => `${was} → ${is}`;
  return [
    `daemon ${pid}  ${cpuSeconds.toFixed(2)} CPU s, RSS ${mib(before.daemon.rssBytes)} → ${mib(after.daemon.rssBytes)}, threads ${pair(before.daemon.threads, after.daemon.threads)}, fds ${pair(before.daemon.fileDescriptors, after.daemon.fileDescriptors)}`,
    `shims  ${shimCpuSeconds.toFixed(2)} CPU s or more, at most ${most} at once, ${pair(before.shims.count, after.shims.count)}`,
    ...leaks.map((leak) => `leak  ${leak}`),
  ];
}

function floorLine({ p50, p99, samples, parallel }: Floor): string {
  return `p50 ${toMs(p50)} ms, p99 ${toMs(p99)} ms (${samples} calls, ${parallel} in flight)`;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function toMs(ns: number): string {
  return (ns / 1e6).toFixed(2);
}

function figures(summary: Summary): string[] {
  const ms = (ns: number | null): string => (ns === null ? "-" : toMs(ns));
  return [String(summary.count), String(summary.errors), ms(summary.p50), ms(summary.p90), ms(summary.p95), ms(summary.p99), ms(summary.max), summary.ratePerSecond.toFixed(1)];
}
