import { fork, type ChildProcess } from "node:child_process";
import { HarnessError } from "../../model/errors.ts";
import type { OnSamples } from "../recorder.ts";
import type { HarnessCost, Series } from "../result.ts";
import { partOfPlan } from "../workload/plan.ts";
import type { ProcessLoad } from "./execute.ts";
import { monotonicMs, type FromWorker, type Job, type ToWorker } from "./job.ts";
import { SampleStore, seriesOf } from "./sample-store.ts";
import { deal } from "./schedule.ts";

/** A process with more in flight measures its own queue. */
const inFlightPerWorker = 8;

const indexesPerWorker = 1_000_000;
const leadMs = 20;
/** How long a worker may take to end, told to or done. */
const graceMs = 30_000;

export interface PoolResult {
  readonly series: readonly Series[];
  readonly cost: HarnessCost;
  readonly wallNs: number;
  /** Remarks of the workers for people. */
  readonly notes: readonly string[];
}

/** What may be heard of a load while it runs. */
export interface PoolListener {
  readonly onSamples?: OnSamples;
  /** The memory of one worker; zero when it has ended. */
  readonly onRss?: (pid: number, bytes: number) => void;
}

/** Runs a job split over worker processes, which start together, and puts their samples into one order. */
export async function runInWorkers(job: Job, phase: string, signal?: AbortSignal, listener: PoolListener = {}): Promise<PoolResult> {
  const store = new SampleStore();
  const heard = (message: Batch, pid: number): void => {
    for (const { name, samples } of message.series) {
      store.add(name, samples);
      listener.onSamples?.(name, phase, samples);
    }
    listener.onRss?.(pid, message.rssBytes);
  };
  const workers = split(job).map((part) => new Worker(part, heard));
  const abort = (): void => workers.forEach((worker) => worker.abort());
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  try {
    await Promise.all(workers.map((worker) => worker.ready));
    const atMs = monotonicMs() + leadMs;
    for (const worker of workers) worker.tell({ type: "go", atMs });
    const done = await Promise.all(workers.map((worker) => worker.done));
    const total = done.reduce((sum, part) => sum + part.total, 0);
    if (store.count !== total) throw new HarnessError("HARNESS_FAULT", `${total - store.count} of ${total} samples were lost on the way from the workers`, { hint: "Report this with the command line" });
    const wallNs = Math.max(0, ...done.map((part) => part.wallNs));
    const ending = { wallNs, dropped: done.reduce((sum, part) => sum + part.dropped, 0), names: seriesOf(job.plan) };
    return { series: store.toSeries(phase, ending), cost: mergeCost(done.map(({ cost }) => cost)), wallNs, notes: [...new Set(done.flatMap(({ notes }) => notes))] };
  } catch (thrown) {
    abort();
    throw thrown;
  } finally {
    await Promise.all(workers.map((worker) => worker.end()));
    signal?.removeEventListener("abort", abort);
    for (const { pid } of workers) listener.onRss?.(pid, 0);
  }
}

/** The parts of a job, one per worker, none with more than `inFlightPerWorker` in flight. */
export function split(job: Job): Job[] {
  const { load } = job;
  const inFlight = load.model === "closed" ? load.parallel : load.inFlight;
  const count = Math.max(1, Math.ceil(inFlight / inFlightPerWorker));
  const share = (total: number, index: number): number => Math.floor(total / count) + (index < total % count ? 1 : 0);
  const dealt = load.model === "open" ? deal(load.startsMs, count) : [];
  return Array.from({ length: count }, (_, index) => {
    const part: ProcessLoad = load.model === "closed"
      ? { ...load, parallel: share(load.parallel, index), iterations: share(load.iterations, index) }
      : { ...load, inFlight: share(load.inFlight, index), startsMs: dealt[index] ?? [] };
    return { ...job, plan: partOfPlan(job.plan, index, count), load: part, warmUp: share(job.warmUp, index), firstIndex: (job.firstIndex ?? 0) + index * indexesPerWorker };
  });
}

type Done = Extract<FromWorker, { type: "done" }>;
type Batch = Extract<FromWorker, { type: "samples" }>;

interface Pending<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** What `Promise.withResolvers` does, which Node 20 lacks. */
function pending<T>(): Pending<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((resolved, rejected) => { [resolve, reject] = [resolved, rejected]; });
  return { promise, resolve, reject };
}

class Worker {
  readonly ready: Promise<void>;
  readonly done: Promise<Done>;
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  constructor(job: Job, heard: (batch: Batch, pid: number) => void) {
    // A larger young generation makes pauses rarer.
    this.#child = fork(new URL("../worker.js", import.meta.url), [], { execArgv: ["--max-semi-space-size=32"], serialization: "advanced" });
    const ready = pending<void>();
    const done = pending<Done>();
    this.#child.on("message", (message: FromWorker) => {
      if (message.type === "samples") heard(message, this.pid);
      else if (message.type === "ready") ready.resolve();
      else if (message.type === "done") done.resolve(message);
      else fail(message.message);
    });
    const fail = (problem: string): void => {
      const error = new HarnessError("HARNESS_FAULT", `A load worker failed: ${problem}`, { hint: "Try with one in flight, then report this with the command line" });
      ready.reject(error);
      done.reject(error);
    };
    this.#child.on("error", ({ message }) => fail(message));
    this.exited = new Promise((resolve) => {
      // One that did not begin has no end.
      this.#child.once("error", () => { if (this.#child.pid === undefined) resolve(); });
      this.#child.once("exit", (code, signal) => {
        fail(`it ended with ${signal ?? code} before its samples were sent`);
        resolve();
      });
    });
    // Whoever waits sees the rejection; nobody may be waiting yet.
    ready.promise.catch(() => undefined);
    done.promise.catch(() => undefined);
    [this.ready, this.done] = [ready.promise, done.promise];
    this.tell({ type: "job", job });
  }

  tell(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message);
  }

  abort(): void {
    this.tell({ type: "abort" });
    void this.end();
  }

  /** Waits until it has ended by itself, and ends one that does not. */
  async end(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    await this.exited;
    clearTimeout(timer);
  }
}

type OwnFigure = Exclude<keyof HarnessCost, "parentCpuSeconds">;

/** Of processes side by side: sums what adds up, and keeps the worst of the rest. */
export function mergeCost(costs: readonly HarnessCost[]): HarnessCost {
  const sum = (figure: OwnFigure): number => costs.reduce((total, cost) => total + cost[figure], 0);
  const worst = (figure: OwnFigure): number => Math.max(0, ...costs.map((cost) => cost[figure]));
  return {
    cpuSeconds: sum("cpuSeconds"), rssBytes: sum("rssBytes"), gcCount: sum("gcCount"), gcTotalNs: sum("gcTotalNs"),
    eventLoopDelayP99Ns: worst("eventLoopDelayP99Ns"), eventLoopDelayMaxNs: worst("eventLoopDelayMaxNs"),
  };
}
