/** The two ways to run a load: in this process, or in worker processes. */
import type { CriClient } from "../../cri/client.ts";
import { connectMeasuring } from "../../cri/measuring-client.ts";
import type { ApiVersion } from "../../cri/message.ts";
import { Recorder } from "../recorder.ts";
import type { WorkloadPlan } from "../workload/plan.ts";
import { executeLoad, type LoadTarget, type ProcessLoad, watchEvents } from "./execute.ts";
import { type ClientModule, type Job, monotonicMs } from "./job.ts";
import { markSamples, ProcessWatch } from "./pauses.ts";
import { type PoolListener, type PoolResult, runInWorkers } from "./pool.ts";
import { SampleStore, seriesOf } from "./sample-store.ts";

/** Runs one workload under a load, until it has ended or the signal says so: that of the run unless there is another. */
export type LoadRunner = (plan: WorkloadPlan, load: ProcessLoad, warmUp: number, phase: string, signal?: AbortSignal) => Promise<PoolResult>;

const connectTimeoutMs = 10_000;
/** Calls of Version by which a fresh process compiles the path that it will measure. */
const channelWarmUp = 200;

/** Runs in this process, over a channel that is open already. */
export function inProcess(shared: LoadTarget, listener: PoolListener = {}): LoadRunner {
  return async (plan, load, warmUp, phase, signal = shared.signal) => {
    const events = await watchEvents(plan, shared.client);
    const notes = new Set<string>();
    const target = { ...shared, ...(signal === undefined ? {} : { signal }), note: (text: string) => void notes.add(text), ...(events === undefined ? {} : { events }) };
    try {
      await executeLoad(plan, target, { model: "closed", parallel: load.model === "closed" ? load.parallel : 1, iterations: warmUp });
      const watch = new ProcessWatch();
      const recorder = new Recorder();
      const heard = listener.onSamples;
      if (heard !== undefined) recorder.onAdd = (name, sample) => heard(name, phase, [sample]);
      const wallNs = await executeLoad(plan, target, load, recorder);
      const cost = watch.stop();
      const store = new SampleStore();
      for (const { name, samples } of recorder.take()) store.add(name, markSamples(samples, watch.takePauses(), target.originMs));
      return { series: store.toSeries(phase, { wallNs, dropped: recorder.dropped, names: seriesOf(plan) }), cost, wallNs, notes: [...notes] };
    } finally {
      events?.close();
    }
  };
}

/** Runs in processes of their own. */
export function inWorkers(shared: Pick<Job, "client" | "settings" | "deadlineMs" | "channelWarmUp"> & { readonly originMs: number; readonly signal?: AbortSignal }, listener: PoolListener = {}): LoadRunner {
  const originMs = monotonicMs() - (performance.now() - shared.originMs);
  return (plan, load, warmUp, phase, signal = shared.signal) => {
    const job: Job = { client: shared.client, settings: shared.settings, deadlineMs: shared.deadlineMs, plan, load, warmUp, originMs, channelWarmUp: shared.channelWarmUp ?? channelWarmUp };
    return runInWorkers(job, phase, signal, listener);
  };
}

/** Tells workers to speak CRI over a socket. */
export function criClientModule(endpoint: string, api: ApiVersion, imageEndpoint = endpoint): ClientModule {
  return { module: import.meta.url, exportName: "connectWorker", endpoint, settings: { api, imageEndpoint } };
}

/** What `criClientModule` names. */
export async function connectWorker(endpoint: string, settings: unknown): Promise<CriClient> {
  const { api, imageEndpoint } = Object(settings);
  return connectMeasuring({ runtimeEndpoint: endpoint, imageEndpoint: String(imageEndpoint ?? endpoint), api: api === "v1alpha2" ? "v1alpha2" : "v1", connectTimeoutMs });
}
