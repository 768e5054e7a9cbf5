import type { GrpcCode } from "../../model/grpc-code.ts";
import type { BenchResult } from "../result.ts";
import { summarize } from "../summary.ts";

/** A result with one series per name; each value is a duration in milliseconds, or the code of a failure. */
export function sampleResult(series: Readonly<Record<string, readonly (number | GrpcCode)[]>>, fingerprint = "host"): BenchResult {
  return {
    schema: 1, unit: "ns", runId: "bench-1", startedAt: "2026-01-02T03:04:05.000Z", wallNs: 1e9, interrupted: false,
    environment: {
      fingerprint, cpu: "cpu", cpus: 2, memoryBytes: 1024, kernel: "Linux 6", architecture: "x64", node: "v20", runtimeName: "fake",
      runtimeVersion: "1", api: "v1", endpoint: "unix:///run/fake.sock", handler: "", load: [0, 0],
    },
    load: { model: "closed", parallel: 2, iterations: 4, warmUp: 0 },
    series: Object.entries(series).map(([name, values]) => {
      const samples = values.map((value, index) => ({
        startNs: index * 1e6, durationNs: typeof value === "number" ? value * 1e6 : 1e6, code: typeof value === "number" ? ("OK" as const) : value,
      }));
      return { name, phase: "container-lifecycle", unit: "ns" as const, samples, summary: summarize(samples, 1e9) };
    }),
    floor: { before: null, after: null }, harness: null, leftovers: [],
  };
}
