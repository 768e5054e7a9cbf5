/** The kubelet's deadlines with its default request timeout of two minutes (GEN-C6), in milliseconds. */
import type { Message } from "./message.ts";

const base = 120_000;

/** setTimeout's range, in milliseconds; grpc-js fires at once beyond it. */
export const longestDeadlineMs = 2 ** 31 - 1;

/** The deadline of a call in milliseconds; Infinity where the kubelet sets none. */
export function kubeletDeadlineMs(rpc: string, request: Message): number {
  switch (rpc) {
    case "RunPodSandbox":
      return 2 * base;
    case "StopContainer":
      return base + Math.max(0, seconds(request["timeout"])) * 1000;
    case "ExecSync": {
      const timeout = seconds(request["timeout"]);
      return timeout > 0 ? base + timeout * 1000 : Number.POSITIVE_INFINITY;
    }
    case "CheckpointContainer":
      return Math.max(base, seconds(request["timeout"]) * 1000);
    case "PullImage":
    case "GetContainerEvents":
      return Number.POSITIVE_INFINITY;
    default:
      return base;
  }
}

function seconds(value: unknown): number {
  return typeof value === "bigint" || typeof value === "number" ? Number(value) : 0;
}
