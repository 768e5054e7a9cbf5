import type { Timing } from "../../iteration.ts";
import { eventSeen } from "./event-seen.ts";
import { firstInstruction } from "./first-instruction.ts";
import type { Measure, MeasureInput } from "./measure.ts";
import { sandboxReady } from "./sandbox-ready.ts";
import { attach, execFirstByte, portForward } from "./streams.ts";

/** What a server told of the time it took; the calibration server does. */
async function told({ values, iteration }: MeasureInput): Promise<Timing | undefined> {
  const startedMs = iteration.context.originMs;
  return { startedMs, endedMs: startedMs + Number(values["ns"] ?? 0) / 1e6, code: "OK" };
}

/** Every measure, by the name that a workload uses. */
export const measures: Readonly<Record<string, Measure>> = { attach, eventSeen, execFirstByte, firstInstruction, portForward, sandboxReady, told };
