import { type Finding, type MeasureInput, textIn } from "./measure.ts";

/** From StartContainer's begin to the arrival of an event of the container. */
export async function eventSeen({ values, iteration, deadlineMs }: MeasureInput): Promise<Finding | undefined> {
  const { events } = iteration.context;
  if (events === undefined) return undefined;
  const { atMs, code } = await events.when(textIn(values, "container_id"), String(values["type"] ?? "CONTAINER_STARTED_EVENT"), deadlineMs);
  return { since: "StartContainer", endedMs: atMs, code };
}
