/** The two ways to run a load: in this process, or in worker processes. */
import { connectCri } from "../../cri/grpc-client.ts";
import type { ApiVersion } from "../../cri/message.ts";
import type { CriClient } from "../../cri/client.ts";
import { type OnSample, Recorder } from "../recorder.ts";
import { executeLoad, type LoadTarget, type ProcessLoad } from "./execute.ts";
import { type ClientModule, type Job, monotonicMs } from "./job.ts";
import { markSamples, ProcessWatch } from "./pauses.ts";
import { type PoolResult, runInWorkers } from "./pool.ts";

/** Runs one workload under a load. */
export type LoadRunner = (workload: string, load: ProcessLoad, warmUp: number, phase: string) => Promise<PoolResult>;

const connectTimeoutMs = 10_000;
/** Calls of Version by which a fresh process compiles the path that it will measure. */
const channelWarmUp = 200;

/** Runs in this process, over a channel that is open already. */
export function inProcess(target: LoadTarget, onSample?: OnSample): LoadRunner {
  return async (workload, load, warmUp, phase) => {
    await executeLoad(workload, target, { model: "closed", parallel: load.model === "closed" ? load.parallel : 1, iterations: warmUp });
    const watch = new ProcessWatch();
    const recorder = new Recorder(phase, onSample);
    const wallNs = await executeLoad(workload, target, load, recorder);
    const cost = watch.stop();
    return { series: recorder.toSeries(wallNs).map((series) => ({ ...series, samples: markSamples(series.samples, watch.pauses, target.originMs) })), cost };
  };
}

/** Runs in processes of their own; samples are handed on when a workload has ended. */
export function inWorkers(shared: Pick<Job, "client" | "settings" | "deadlineMs"> & { readonly originMs: number; readonly signal?: AbortSignal }, onSample?: OnSample): LoadRunner {
  const originMs = monotonicMs() - (performance.now() - shared.originMs);
  return async (workload, load, warmUp, phase) => {
    const job: Job = { client: shared.client, settings: shared.settings, deadlineMs: shared.deadlineMs, workload, load, warmUp, originMs, channelWarmUp };
    const result = await runInWorkers(job, phase, shared.signal);
    if (onSample !== undefined) for (const { name, samples } of result.series) for (const sample of samples) onSample(name, phase, sample);
    return result;
  };
}

/** Tells workers to speak CRI over a socket. */
export function criClientModule(endpoint: string, api: ApiVersion, imageEndpoint = endpoint): ClientModule {
  return { module: import.meta.url, exportName: "connectWorker", endpoint, settings: { api, imageEndpoint } };
}

/** What `criClientModule` names. */
export async function connectWorker(endpoint: string, settings: unknown): Promise<CriClient> {
  const { api, imageEndpoint } = Object(settings);
  return connectCri({ runtimeEndpoint: endpoint, imageEndpoint: String(imageEndpoint ?? endpoint), api: api === "v1alpha2" ? "v1alpha2" : "v1", connectTimeoutMs });
}
