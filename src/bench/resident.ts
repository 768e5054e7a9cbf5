import pLimit from "p-limit";
import { HarnessError } from "../model/errors.ts";
import { Iteration, type IterationContext } from "./iteration.ts";

const atOnce = 4;

/** Makes pods with a container each that stay while the load runs. They carry the run's label and go with it. */
export async function makeResidents(count: number, context: Omit<IterationContext, "record">): Promise<void> {
  const limit = pLimit(atOnce);
  const stopped = (): boolean => context.signal?.aborted === true;
  await Promise.all(Array.from({ length: count }, (_, index) => limit(async () => {
    if (stopped()) return;
    const iteration = new Iteration({ ...context, record: () => undefined });
    const pod = await iteration.runPod();
    const container = pod === undefined ? undefined : await iteration.createContainer(pod);
    const started = container === undefined ? undefined : await iteration.time("StartContainer", { container_id: container });
    if (started !== undefined || stopped()) return;
    throw new HarnessError("FIXTURE_FAILED", `resident pod ${index + 1} of ${count} could not be made`, { hint: "Try fewer with --resident" });
  })));
}
