import type { BenchResult } from "../result.ts";

/** Every sample, one a line, with a header (RFC 4180 quoting). */
export function toCsv(result: BenchResult): string {
  const rows = result.series.flatMap(({ name, phase, samples }) =>
    samples.map((sample, index) => [phase, name, index, sample.startNs, sample.durationNs, sample.code, sample.lateNs ?? "", (sample.marks ?? []).join(" ")]));
  const header = ["phase", "name", "index", "start_ns", "duration_ns", "code", "late_ns", "marks"];
  return [header, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

function field(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
