import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { HarnessError } from "../../../model/errors.ts";
import { monotonicMs } from "../../load/job.ts";
import { type Finding, type MeasureInput, textIn } from "./measure.ts";

const since = "StartContainer";
const lookMs = 5;

/**
 * From StartContainer's begin to the first instruction inside the container, which the probe's `stamp` writes from
 * CLOCK_MONOTONIC. Only where the container shares the host's clock: a stamp outside of what is possible has the code
 * FAILED_PRECONDITION.
 */
export async function firstInstruction({ values, iteration, deadlineMs }: MeasureInput): Promise<Finding | undefined> {
  const startedMs = iteration.began(since);
  // Else every iteration would end here without a sample, as if nothing were wrong.
  if (startedMs === undefined) throw new HarnessError("SUITE_INVALID", `firstInstruction counts from ${since}, and no series before it is called so`, { hint: `Measure ${since} under its own name.` });
  const log = textIn(values, "log");
  const untilMs = performance.now() + deadlineMs;
  while (performance.now() < untilMs && iteration.context.signal?.aborted !== true) {
    const stamp = stampIn(await textOfFile(log));
    if (stamp !== undefined) return finding(startedMs, stamp);
    await sleep(lookMs);
  }
  return { since, endedMs: performance.now(), code: "DEADLINE_EXCEEDED" };
}

function finding(startedMs: number, stampMs: number): Finding {
  const now = performance.now();
  const endedMs = stampMs - monotonicMs() + now;
  const possible = endedMs > startedMs && endedMs <= now;
  return { since, endedMs: possible ? endedMs : now, code: possible ? "OK" : "FAILED_PRECONDITION" };
}

/** The stamp of a container's log, in milliseconds of CLOCK_MONOTONIC. */
export function stampIn(log: string): number | undefined {
  const digits = /"monotonic_ns":\s*(\d+)/.exec(log)?.[1];
  return digits === undefined ? undefined : Number(digits) / 1e6;
}

async function textOfFile(path: string): Promise<string> {
  // Until the runtime has opened it, the log is not there.
  return readFile(path, "utf8").catch(() => "");
}
