/**
 * A load worker: a process of its own with a channel of its own. It is told a job, makes ready, waits for the
 * common start, and hands its samples on once a second: it keeps none, so that a long load stays small.
 */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../model/errors.ts";
import { executeLoad, type LoadTarget, watchEvents } from "./load/execute.ts";
import { connectAs, monotonicMs, type FromWorker, type Job, type ToWorker } from "./load/job.ts";
import { markSamples, ProcessWatch } from "./load/pauses.ts";
import { Objects } from "./objects.ts";
import { Recorder } from "./recorder.ts";
import { versionPlan } from "./workload/plan.ts";

const handOnMs = 1000;
const mostNotes = 5;

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
for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(name, () => undefined);

function stop(): void {
  abort.abort();
  go(0);
}

async function work(job: Job): Promise<FromWorker> {
  const client = await connectAs(job.client);
  const events = await watchEvents(job.plan, client);
  try {
    const originMs = performance.now() - (monotonicMs() - job.originMs);
    const notes = new Set<string>();
    const note = (text: string): void => { if (notes.size < mostNotes) notes.add(text); };
    let index = job.firstIndex ?? 0;
    const target = {
      client, objects: new Objects(), settings: job.settings, originMs, deadlineMs: job.deadlineMs, signal: abort.signal, note, nextIndex: () => index++,
      ...(events === undefined ? {} : { events }),
    };
    await executeLoad(versionPlan, target, { model: "closed", parallel: 1, iterations: job.channelWarmUp ?? 0 });
    await executeLoad(job.plan, target, { model: "closed", parallel: job.load.model === "closed" ? Math.max(1, job.load.parallel) : 1, iterations: job.warmUp });
    send({ type: "ready" });
    const wait = (await started) - monotonicMs();
    if (wait > 0) await sleep(wait);
    return await measure(job, target, notes);
  } finally {
    events?.close();
    client.close();
  }
}

async function measure(job: Job, target: LoadTarget, notes: ReadonlySet<string>): Promise<FromWorker> {
  const watch = new ProcessWatch();
  const recorder = new Recorder();
  const handOn = (): void => {
    const pauses = watch.takePauses();
    const series = recorder.take().map(({ name, samples }) => ({ name, samples: markSamples(samples, pauses, target.originMs) }));
    send({ type: "samples", series, rssBytes: process.memoryUsage.rss() });
  };
  const timer = setInterval(handOn, handOnMs);
  try {
    const wallNs = await executeLoad(job.plan, target, job.load, recorder);
    const cost = watch.stop();
    handOn();
    return { type: "done", wallNs, dropped: recorder.dropped, total: recorder.total, cost, notes: [...notes] };
  } finally {
    clearInterval(timer);
  }
}

function send(message: FromWorker): void {
  const last = message.type === "done" || message.type === "failed";
  // A channel to a runtime that answers no more would never let this process end by itself.
  const sent = (): void => { if (last) process.exit(0); };
  if (process.send === undefined || !process.connected) sent();
  else process.send(message, sent);
}
