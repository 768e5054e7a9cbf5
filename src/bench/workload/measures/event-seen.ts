import { HarnessError } from "../../../model/errors.ts";
import { type Finding, type MeasureInput, textIn } from "./measure.ts";

/** From StartContainer's begin to the arrival of an event of the container. */
export async function eventSeen({ values, iteration, deadlineMs }: MeasureInput): Promise<Finding | undefined> {
  const { events } = iteration.context;
  if (events === undefined) throw new HarnessError("HARNESS_FAULT", "eventSeen has no subscription to wait on", { hint: "Report this with the workload." });
  const { atMs, code } = await events.when(textIn(values, "container_id"), String(values["type"] ?? "CONTAINER_STARTED_EVENT"), deadlineMs);
  return { since: "StartContainer", endedMs: atMs, code };
}
