import { grpcCodes, type GrpcCode } from "../../model/grpc-code.ts";
import type { BenchResult, Sample } from "../result.ts";
import { invalid, jsonOf, listOf, objectOf, toResult } from "./imported.ts";

const tool = "ghz";

/** Reads the JSON of ghz. Needs its `details`, for percentiles of percentiles are none. */
export function fromGhz(text: string): BenchResult {
  const document = objectOf(tool, jsonOf(tool, text), "it");
  const options = objectOf(tool, document["options"] ?? {}, "options");
  const details = listOf(tool, document["details"], "details (was it run with --skipFirst or a summary format?)").map(detailOf);
  const origin = details.reduce((earliest, { at }) => (at < earliest ? at : earliest), details[0]?.at ?? 0n);
  const samples = details.map(({ at, durationNs, code }): Sample => ({ startNs: Number(at - origin), durationNs, code }));
  samples.sort((left, right) => left.startNs + left.durationNs - right.startNs - right.durationNs);
  const call = String(options["call"] ?? "call");
  const concurrency = options["concurrency"];
  return toResult({
    tool, endpoint: String(options["host"] ?? ""), parallel: typeof concurrency === "number" ? concurrency : 1,
    startedAt: new Date(Number(origin / 1_000_000n)).toISOString(),
    series: [{ name: call.split(/[./]/).at(-1) ?? call, phase: tool, samples }],
  });
}

interface Detail {
  readonly at: bigint;
  readonly durationNs: number;
  readonly code: GrpcCode;
}

function detailOf(value: unknown): Detail {
  const detail = objectOf(tool, value, "a detail");
  const latency = detail["latency"];
  if (typeof latency !== "number") throw invalid(tool, "a detail lacks its latency");
  return { at: epochNs(String(detail["timestamp"])), durationNs: latency, code: codeOf(String(detail["status"])) };
}

/** RFC 3339 with up to nine digits of a second, as epoch nanoseconds. */
function epochNs(time: string): bigint {
  const match = /^(.*?:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time);
  const seconds = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  if (match === null || Number.isNaN(seconds)) throw invalid(tool, `${JSON.stringify(time)} is no timestamp`);
  return BigInt(seconds) * 1_000_000n + BigInt((match[2] ?? "").padEnd(9, "0"));
}

/** ghz writes `DeadlineExceeded` where gRPC writes `DEADLINE_EXCEEDED`. */
function codeOf(status: string): GrpcCode {
  const plain = (text: string) => text.replaceAll("_", "").toLowerCase().replace("canceled", "cancelled");
  return grpcCodes.find((code) => plain(code) === plain(status)) ?? "UNKNOWN";
}
