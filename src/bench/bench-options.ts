import type { CriClient } from "../cri/client.ts";
import type { LoadPlan } from "./load/load-plan.ts";
import type { OnSamples } from "./recorder.ts";
import type { ServeImage } from "./workload/fixtures.ts";
import type { Workload } from "./workload/workload.ts";

/** What a run of the bench is told. */
export interface BenchOptions {
  /** Opens a channel of its own each time; the bench closes it. */
  readonly connect: () => Promise<CriClient>;
  /** Written into the result. */
  readonly endpoint?: string;
  /** What to name in ContainerConfig; pulled first when the runtime lacks it. */
  readonly probeImage: string;
  /** Where pods put their logs, as the runtime sees it. */
  readonly logDir: string;
  /** The runtime handler; empty is the default one. */
  readonly handler?: string;
  readonly workloads: readonly Workload[];
  /** Where the parts of mixes are found; the workloads themselves unless said. */
  readonly known?: readonly Workload[];
  /** Instead of the phases that the workloads say. */
  readonly load?: LoadPlan;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Called about once a second with what came. */
  readonly onSamples?: OnSamples;
  /** Load from worker processes over `endpoint`, with the floor of the harness measured before and after. */
  readonly workers?: boolean;
  /** Where images are served, if elsewhere; for the workers. */
  readonly imageEndpoint?: string;
  /** Pods that rest while any load runs. */
  readonly resident?: number;
  readonly runId?: string;
  readonly serveImage?: ServeImage;
}
