import type { BenchResult, Sample } from "../result.ts";
import { invalid, jsonOf, listOf, objectOf, toResult } from "./imported.ts";

const tool = "critest";
/** critest's words for operations, as RPCs. */
const rpcs: Readonly<Record<string, string>> = {
  CreatePod: "RunPodSandbox", StatusPod: "PodSandboxStatus", StopPod: "StopPodSandbox", RemovePod: "RemovePodSandbox", StatusContainer: "ContainerStatus",
};

/**
 * Reads the benchmark JSON of critest. Its CreateContainer time holds an ImageStatus call (and a pull, when the
 * image is missing), so that series is flagged and not comparable with ours.
 */
export function fromCritest(text: string): BenchResult {
  // Epoch nanoseconds are beyond 2^53: kept as text until subtracted.
  const document = objectOf(tool, jsonOf(tool, text.replaceAll(/("(?:start|end)Time"\s*:\s*)(\d+)/g, '$1"$2"')), "it");
  const names = listOf(tool, document["operationsNames"], "operationsNames").map(String);
  const points = listOf(tool, document["datapoints"], "datapoints").map(pointOf);
  points.sort((left, right) => left.index - right.index);
  const origin = points.reduce<bigint>((earliest, { start }) => (start < earliest ? start : earliest), points[0]?.start ?? 0n);
  const parallel = document["numParallel"];
  return toResult({
    tool, endpoint: "", startedAt: new Date(Number(origin / 1_000_000n)).toISOString(),
    parallel: typeof parallel === "number" ? parallel : 1,
    series: names.map((name, operation) => ({
      name: rpcs[name] ?? name, phase: tool,
      samples: points.flatMap((point) => sampleOf(point, operation, origin)),
      ...(name === "CreateContainer" ? { flags: ["includes-image-lookup"] } : {}),
    })),
  });
}

interface Point {
  readonly index: number;
  readonly start: bigint;
  readonly durations: readonly number[];
}

function pointOf(value: unknown): Point {
  const point = objectOf(tool, value, "a datapoint");
  const durations = listOf(tool, point["operationsDurationsNs"], "operationsDurationsNs").map(Number);
  const start = point["startTime"];
  if (typeof start !== "string" || durations.some((duration) => !Number.isFinite(duration))) throw invalid(tool, "a datapoint lacks its times");
  return { index: Number(point["sampleIndex"] ?? 0), start: BigInt(start), durations };
}

/** The operations of a datapoint follow each other; critest keeps the begin of the first only. */
function sampleOf(point: Point, operation: number, origin: bigint): Sample[] {
  const durationNs = point.durations[operation];
  if (durationNs === undefined) return [];
  const before = point.durations.slice(0, operation).reduce((sum, duration) => sum + duration, 0);
  return [{ startNs: Number(point.start - origin) + before, durationNs, code: "OK" }];
}
