/**
 * A load worker: a process of its own with a channel of its own. It is told a job, makes ready, waits for the
 * common start, and sends its samples when all is over; nothing is sent while it measures.
 */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../model/errors.ts";
import { executeLoad } from "./load/execute.ts";
import { connectAs, monotonicMs, type FromWorker, type Job, type ToWorker } from "./load/job.ts";
import { markSamples, ProcessWatch } from "./load/pauses.ts";
import { Objects } from "./objects.ts";
import { Recorder } from "./recorder.ts";

const abort = new AbortController();
// Every call in flight listens.
setMaxListeners(0, abort.signal);
let go: (atMs: number) => void = () => undefined;
const started = new Promise<number>((resolve) => { go = resolve; });

process.on("message", (message: ToWorker) => {
  if (message.type === "job") void work(message.job).then(send, (thrown: unknown) => send({ type: "failed", message: messageOf(thrown) }));
  if (message.type === "go") go(message.atMs);
  if (message.type === "abort") stop();
});
// The parent is gone: nobody waits for samples any more, and the parent's successor removes by label.
process.on("disconnect", stop);
// Ctrl-C reaches the whole process group; the parent decides.
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => undefined);

function stop(): void {
  abort.abort();
  go(0);
}

async function work(job: Job): Promise<FromWorker> {
  const client = await connectAs(job.client);
  try {
    const originMs = performance.now() - (monotonicMs() - job.originMs);
    const target = { client, objects: new Objects(), settings: job.settings, originMs, deadlineMs: job.deadlineMs, signal: abort.signal };
    await executeLoad("version", target, { model: "closed", parallel: 1, iterations: job.channelWarmUp ?? 0 });
    await executeLoad(job.workload, target, { model: "closed", parallel: job.load.model === "closed" ? job.load.parallel : 1, iterations: job.warmUp });
    send({ type: "ready" });
    const wait = (await started) - monotonicMs();
    if (wait > 0) await sleep(wait);
    const watch = new ProcessWatch();
    const recorder = new Recorder(job.workload);
    const wallNs = await executeLoad(job.workload, target, job.load, recorder);
    const cost = watch.stop();
    const series = recorder.toSeries(wallNs).map(({ name, samples, summary }) => ({ name, samples: markSamples(samples, watch.pauses, originMs), dropped: summary.dropped }));
    return { type: "done", wallNs, series, cost };
  } finally {
    client.close();
  }
}

function send(message: FromWorker): void {
  if (process.send === undefined || !process.connected) return;
  process.send(message, () => {
    if (message.type !== "ready") process.disconnect();
  });
}
