import type { CriClient } from "../../cri/client.ts";
import { HarnessError } from "../../model/errors.ts";
import type { ObjectSettings } from "../objects.ts";
import type { HarnessCost, Sample } from "../result.ts";
import type { WorkloadPlan } from "../workload/plan.ts";
import type { ProcessLoad } from "./execute.ts";

/** How a worker process opens its own channel: it imports a module and calls one of its exports. */
export interface ClientModule {
  /** A file URL. */
  readonly module: string;
  /** The name of a `(endpoint: string, settings: unknown) => Promise<CriClient>`. */
  readonly exportName: string;
  readonly endpoint: string;
  readonly settings?: unknown;
}

/** What a worker process is told to do. It may hold bigint and bytes: messages between processes are cloned, not JSON. */
export interface Job {
  readonly client: ClientModule;
  readonly settings: ObjectSettings;
  readonly plan: WorkloadPlan;
  readonly load: ProcessLoad;
  readonly warmUp: number;
  readonly deadlineMs: number;
  /** Calls of Version before everything else, which compile the measured path of a fresh process. */
  readonly channelWarmUp?: number;
  /** Milliseconds of CLOCK_MONOTONIC at the begin of the run; all processes of a host share that clock. */
  readonly originMs: number;
  /** The number of the first iteration; each worker has numbers of its own. */
  readonly firstIndex?: number;
}

export type ToWorker = { readonly type: "job"; readonly job: Job } | { readonly type: "go"; readonly atMs: number } | { readonly type: "abort" };

export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "samples"; readonly series: readonly WorkerSeries[]; readonly rssBytes: number }
  | { readonly type: "done"; readonly wallNs: number; readonly dropped: number; readonly total: number; readonly cost: HarnessCost; readonly notes: readonly string[] }
  | { readonly type: "failed"; readonly message: string };

/** Samples that came since the last message. */
export interface WorkerSeries {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** CLOCK_MONOTONIC in milliseconds, the same in every process of the host. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Opens a channel as a ClientModule says. */
export async function connectAs({ module, exportName, endpoint, settings }: ClientModule): Promise<CriClient> {
  const loaded: Record<string, unknown> = await import(module);
  const connect = loaded[exportName];
  if (typeof connect !== "function") throw new HarnessError("HARNESS_FAULT", `${module} exports no function ${exportName}`, { hint: "Report this with the command line" });
  const client: CriClient = await connect(endpoint, settings);
  return client;
}
