/** A benchmark result as one HTML file that opens without a network. */
import type { BenchResult, Series } from "../result.ts";
import { chart, escapeHtml, type Line } from "./chart.ts";

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2328}
table{border-collapse:collapse;width:100%;font-size:13px}td,th{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #d0d7de}td:first-child,th:first-child{text-align:left}
svg{width:100%;font-size:11px}.grid{stroke:#d8dee4}.x{text-anchor:middle}.y{text-anchor:end;dominant-baseline:middle}.title{font-size:14px;font-weight:600}`;
const mostDots = 1500;
const ms = 1e6;
const mib = 2 ** 20;

/** Figures, latency against density and rate, and the timeline with what the runtime used. */
export function toHtml(result: BenchResult): string {
  const { runtimeName, runtimeVersion, cpu, cpus, kernel } = result.environment;
  const title = `${runtimeName} ${runtimeVersion}`;
  const charts = [...densityCharts(result), ...kneeCharts(result), ...timelineCharts(result)];
  return [
    "<!doctype html>", `<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Benchmark of ${escapeHtml(title)}</title><style>${style}</style>`,
    `<h1>Benchmark of ${escapeHtml(title)}</h1>`, `<p>${escapeHtml(`${result.startedAt} on ${cpus} × ${cpu}, ${kernel}; load average ${result.environment.load.map((load) => load.toFixed(2)).join(" before, ")} after`)}</p>`,
    figures(result.series), ...charts, "</html>", "",
  ].join("\n");
}

function figures(series: readonly Series[]): string {
  const cell = (ns: number | null): string => `<td>${ns === null ? "-" : (ns / ms).toFixed(2)}`;
  const rows = series.map(({ name, phase, summary, flags }) => `<tr><td>${escapeHtml(`${phase} ${name}`)}${flags === undefined ? "" : " *"}<td>${summary.count}<td>${summary.errors}<td>${summary.dropped}${[summary.p50, summary.p90, summary.p99, summary.max].map(cell).join("")}<td>${summary.ratePerSecond.toFixed(1)}`);
  const flags = series.some((each) => each.flags !== undefined) ? "<p>* the floor's p99 exceeds 10 % of this p99: a good part of the figure is the harness</p>" : "";
  return `<table><tr><th>operation<th>count<th>errors<th>dropped<th>p50 ms<th>p90 ms<th>p99 ms<th>max ms<th>per s</tr>${rows.join("</tr>")}</tr></table>${flags}`;
}

/** Latency against the number of pods that rest, and what each of them costs. */
function densityCharts({ series, density }: BenchResult): string[] {
  const at = (each: Series): number | undefined => { const found = /\/(?:density|resident)=(\d+)/.exec(each.phase)?.[1]; return found === undefined ? undefined : Number(found); };
  const dense = series.filter((each) => at(each) !== undefined);
  const names = [...new Set(dense.map(({ name }) => name))];
  const line = (name: string, figure: "p50" | "p99"): Line => ({
    name, points: dense.filter((each) => each.name === name).flatMap((each) => { const value = each.summary[figure]; return value === null ? [] : [[at(each) ?? 0, value / ms] as const]; }),
  });
  const levels = new Set(dense.map(at));
  if (levels.size === 0) return [];
  const costs = density === undefined || density.length === 0 ? [] : [chart({
    title: "What one resident pod costs", x: "pods that rest", y: "MiB",
    lines: [{ name: "RSS", points: density.map(({ resident, perPod }) => [resident, perPod.rssBytes / mib]) }, { name: "PSS", points: density.flatMap(({ resident, perPod }) => (perPod.pssBytes === null ? [] : [[resident, perPod.pssBytes / mib] as const])) }],
  })];
  return [
    ...(["p50", "p99"] as const).map((figure) => chart({ title: `Latency against density, ${figure}`, x: "pods that rest", y: "ms", lines: names.map((name) => line(name, figure)) })), ...costs,
  ];
}

function kneeCharts({ knees }: BenchResult): string[] {
  return (knees ?? []).map(({ workload, levels, parallel }) => chart({
    title: `${workload}: the knee is at ${parallel} in flight`, x: "in flight", y: "per second", lines: [{ name: "rate", points: levels.map((level) => [level.parallel, level.ratePerSecond]) }],
  }));
}

/** Every sample over time, or evenly chosen ones of very many, above what the runtime used. */
function timelineCharts({ series, runtime }: BenchResult): string[] {
  const names = [...new Set(series.map(({ name }) => name))];
  const each = Math.max(50, Math.floor(mostDots / Math.max(1, names.length)));
  const dots = names.map((name): Line => {
    const samples = series.filter((one) => one.name === name).flatMap((one) => one.samples.filter(({ code }) => code === "OK"));
    const step = Math.max(1, Math.ceil(samples.length / each));
    return { name, dots: true, points: samples.filter((_, index) => index % step === 0).map(({ startNs, durationNs }) => [Math.max(0, startNs) / 1e9, durationNs / ms]) };
  });
  const moments = runtime?.timeline ?? [];
  const over = (name: string, value: (moment: (typeof moments)[number]) => number | undefined): Line =>
    ({ name, points: thin(moments.flatMap((moment) => { const found = value(moment); return found === undefined ? [] : [[moment.atNs / 1e9, found] as const]; })), dots: true });
  const seen = runtime?.pid !== undefined;
  return [
    chart({ title: "Samples over time", x: "seconds", y: "ms", lines: dots }),
    chart({
      title: "Memory over time", x: "seconds", y: "MiB",
      lines: [over("harness", (moment) => moment.harnessRssBytes / mib), ...(seen ? [over("daemon", (moment) => (moment.daemonRssBytes ?? 0) / mib), over("shims", (moment) => (moment.shimRssBytes ?? 0) / mib)] : [])],
    }),
    ...(seen ? [
      chart({ title: "CPU over time, from the begin", x: "seconds", y: "CPU s", lines: [over("daemon", (moment) => moment.daemonCpuSeconds), over("shims", (moment) => moment.shimCpuSeconds)] }),
      chart({ title: "Threads, file descriptors and shims over time", x: "seconds", y: "number", lines: [over("threads of the daemon", (moment) => moment.daemonThreads), over("fds of the daemon", (moment) => moment.daemonFileDescriptors), over("shims", (moment) => moment.shims)] }),
    ] : []),
  ];
}

function thin<T>(points: readonly T[]): T[] {
  const step = Math.max(1, Math.ceil(points.length / 600));
  return points.filter((_, index) => index % step === 0);
}
