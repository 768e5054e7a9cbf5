import { setTimeout as sleep } from "node:timers/promises";
import { type Finding, type MeasureInput, textIn } from "./measure.ts";

const since = "RunPodSandbox";
const lookMs = 5;

/** From RunPodSandbox's begin until PodSandboxStatus says that the sandbox is ready. */
export async function sandboxReady({ values, iteration, deadlineMs }: MeasureInput): Promise<Finding | undefined> {
  const request = { pod_sandbox_id: textIn(values, "pod_sandbox_id") };
  const untilMs = performance.now() + deadlineMs;
  for (;;) {
    const answer = await iteration.call("PodSandboxStatus", request, deadlineMs);
    if (answer === undefined) return undefined;
    const endedMs = performance.now();
    if (answer.code !== "OK") return { since, endedMs, code: answer.code };
    const status = Object(answer.responses[0]?.["status"]);
    if (status["state"] === "SANDBOX_READY") return { since, endedMs, code: "OK" };
    if (endedMs > untilMs) return { since, endedMs, code: "DEADLINE_EXCEEDED" };
    await sleep(lookMs);
  }
}
