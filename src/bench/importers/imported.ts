import { HarnessError } from "../../model/errors.ts";
import type { BenchResult, Sample } from "../result.ts";
import { summarize } from "../summary.ts";

/** What another tool's file tells. */
export interface Imported {
  readonly tool: string;
  readonly startedAt: string;
  readonly endpoint: string;
  readonly parallel: number;
  readonly series: readonly { readonly name: string; readonly phase: string; readonly samples: readonly Sample[]; readonly flags?: readonly string[] }[];
}

/** A result made of another tool's file. Its host is unknown, so it compares with nothing but its own kind. */
export function toResult(imported: Imported): BenchResult {
  const ends = imported.series.flatMap(({ samples }) => samples.map(({ startNs, durationNs }) => startNs + durationNs));
  const wallNs = ends.reduce((latest, end) => Math.max(latest, end), 0);
  return {
    schema: 1, unit: "ns", runId: `imported-${imported.tool}`, startedAt: imported.startedAt, wallNs, interrupted: false,
    environment: {
      fingerprint: `imported-${imported.tool}`, cpu: "", cpus: 0, memoryBytes: 0, kernel: "", architecture: "", node: "",
      runtimeName: "", runtimeVersion: "", api: "v1", endpoint: imported.endpoint, handler: "", load: [0, 0],
    },
    load: { model: "closed", parallel: imported.parallel, iterations: Math.max(0, ...imported.series.map(({ samples }) => samples.length)), warmUp: 0 },
    series: imported.series.map((series) => ({ ...series, unit: "ns", summary: summarize(series.samples, wallNs) })),
    floor: { before: null, after: null }, harness: null, leftovers: [],
  };
}

/** A file that is not what it should be. */
export function invalid(tool: string, problem: string): HarnessError {
  return new HarnessError("RESULT_INVALID", `This is no ${tool} result: ${problem}`, { hint: `Give the JSON file that ${tool} wrote` });
}

/** A JSON object; everything else is refused. */
export function objectOf(tool: string, value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(tool, `${what} is not an object`);
  return Object.fromEntries(Object.entries(value));
}

/** A JSON list; everything else is refused. */
export function listOf(tool: string, value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(tool, `${what} is not a list`);
  return value;
}

/** Parses JSON; a HarnessError if it is none. */
export function jsonOf(tool: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HarnessError("RESULT_INVALID", `This is no ${tool} result: it is not JSON`, { hint: `Give the JSON file that ${tool} wrote`, cause });
  }
}
