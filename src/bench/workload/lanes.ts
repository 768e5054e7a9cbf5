/**
 * Images of iterations. Building one takes longer than pulling it, and only the process that started the workers can
 * serve it: so as many as can be in flight are served beforehand, and no two iterations have one at the same time.
 */
import { HarnessError } from "../../model/errors.ts";
import type { Iteration } from "../iteration.ts";
import { FixtureFailure, type FixtureMaker, makeFixtures, type ServeImage } from "./fixtures.ts";
import type { Lane, ServedRef, WorkloadFixture, WorkloadPlan } from "./plan.ts";

/** Serves the images of an iteration's fixtures, once for each lane; nothing where it has none. */
export async function makeLanes(given: readonly WorkloadFixture[], count: number, bindings: Readonly<Record<string, unknown>>, maker: FixtureMaker): Promise<Lane[] | undefined> {
  const fixtures = given.filter(({ kind }) => kind === "image").map((fixture) => ({ ...fixture, keys: { ...fixture.keys, state: "served" } }));
  if (fixtures.length === 0) return undefined;
  const lanes: Lane[] = [];
  for (let index = 0; index < count; index += 1) {
    const images: ServedRef[] = [];
    const { serveImage: serve } = maker;
    const serveImage = serve === undefined ? {} : { serveImage: (keys: Parameters<ServeImage>[0]) => {
      const served = serve(keys);
      images.push(served);
      return served;
    } };
    await makeFixtures(fixtures, bindings, { ...maker, ...serveImage });
    lanes.push({ images });
  }
  return lanes;
}

/** Lends lanes of a plan to iterations, one at a time. */
export class LanePool {
  readonly #free: Lane[] | undefined;

  constructor({ lanes }: WorkloadPlan) {
    this.#free = lanes === undefined ? undefined : [...lanes];
  }

  /** Runs with a lane that nobody else has; without one where the plan has no lanes. */
  async with<T>(use: (lane: Lane | undefined) => Promise<T>): Promise<T> {
    const lane = this.#free?.pop();
    if (this.#free !== undefined && lane === undefined) throw new HarnessError("HARNESS_FAULT", "more iterations are in flight than images were served for", { hint: "Report this with the command line" });
    try {
      return await use(lane);
    } finally {
      if (lane !== undefined) this.#free?.push(lane);
    }
  }
}

/** The images of a lane, in the order in which they were served. The one before has pulled them: none of it is left. */
export async function takeImages(lane: Lane, iteration: Iteration): Promise<ServeImage> {
  for (const { ref } of lane.images) {
    const answer = await iteration.call("RemoveImage", { image: { image: ref } });
    // A pull of what is still there would count as cold.
    if (answer?.code !== "OK" && answer?.code !== "NOT_FOUND") throw new FixtureFailure(`RemoveImage: ${answer?.code ?? "not called"}`, answer);
  }
  const left = [...lane.images];
  return () => {
    const image = left.shift();
    if (image === undefined) throw new HarnessError("HARNESS_FAULT", "an iteration wants more images than were served for it", { hint: "Report this with the workload." });
    return image;
  };
}
