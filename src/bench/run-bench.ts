import { randomBytes } from "node:crypto";
import type { CriClient } from "../cri/client.ts";
import { HarnessError } from "../model/errors.ts";
import { runClosedLoop } from "./closed-loop.ts";
import { describeEnvironment, loadOf } from "./environment.ts";
import { Iteration } from "./iteration.ts";
import { lifecycleNamed, type IterationFunction } from "./lifecycle.ts";
import { Objects, type ObjectSettings } from "./objects.ts";
import { Recorder, type OnSample } from "./recorder.ts";
import type { BenchResult, Series } from "./result.ts";

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
  /** Iterations in flight. */
  readonly parallel?: number;
  /** Iterations that count, per workload. */
  readonly iterations?: number;
  /** Iterations before them that do not count. */
  readonly warmUp?: number;
  /** Workload names. */
  readonly operations: readonly string[];
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  readonly onSample?: OnSample;
  readonly runId?: string;
}

/** Runs workloads one after the other and answers every sample. Removes what it made, aborted or not. */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const workloads = options.operations.map((name) => ({ name, iterate: lifecycleNamed(name) }));
  if (workloads.length === 0) throw new HarnessError("USAGE", "No workload was named", { hint: "Name at least one workload" });
  const client = await options.connect();
  try {
    return await measure(options, workloads, client);
  } finally {
    client.close();
  }
}

interface Workload {
  readonly name: string;
  readonly iterate: IterationFunction;
}

async function measure(options: BenchOptions, workloads: readonly Workload[], client: CriClient): Promise<BenchResult> {
  const settings: ObjectSettings = {
    runId: options.runId ?? `bench-${randomBytes(6).toString("hex")}`,
    probeImage: options.probeImage, logDir: options.logDir, handler: options.handler ?? "",
  };
  const [parallel, iterations, warmUp] = [options.parallel ?? 1, options.iterations ?? 50, options.warmUp ?? 5];
  checkCounts({ parallel, iterations }, { warmUp });
  const environment = await describeEnvironment(client, options.endpoint ?? "", settings.handler);
  await ensureImage(client, options.probeImage);
  const objects = new Objects();
  const originMs = performance.now();
  const startedAt = new Date().toISOString();
  const series: Series[] = [];
  let leftovers: string[] = [];
  try {
    for (const workload of workloads) {
      series.push(...(await runWorkload(workload, { options, settings, client, objects, originMs, parallel, iterations, warmUp })));
    }
  } finally {
    leftovers = await objects.removeAll(client, settings.runId);
  }
  return {
    schema: 1, unit: "ns", runId: settings.runId, startedAt,
    wallNs: Math.round((performance.now() - originMs) * 1e6),
    interrupted: options.signal?.aborted === true,
    environment: { ...environment, load: [environment.load[0], loadOf()] },
    load: { model: "closed", parallel, iterations, warmUp },
    series, floor: { before: null, after: null }, harness: null, leftovers,
  };
}

interface WorkloadRun {
  readonly options: BenchOptions;
  readonly settings: ObjectSettings;
  readonly client: CriClient;
  readonly objects: Objects;
  readonly originMs: number;
  readonly parallel: number;
  readonly iterations: number;
  readonly warmUp: number;
}

async function runWorkload(workload: Workload, run: WorkloadRun): Promise<Series[]> {
  const { client, objects, settings, originMs, parallel } = run;
  const { signal, onSample } = run.options;
  const recorder = new Recorder(workload.name, onSample);
  const loop = (record: Recorder["add"] | undefined) => async (): Promise<number> => {
    const iteration = new Iteration({
      client, objects, settings, originMs, deadlineMs: run.options.deadlineMs ?? 120_000,
      record: (name, sample) => record?.call(recorder, name, sample),
      ...(signal === undefined ? {} : { signal }),
    });
    await workload.iterate(iteration);
    const problem = iteration.problems[0];
    if (problem !== undefined) throw new HarnessError("HARNESS_FAULT", problem, { hint: "Check the request against the API of the target" });
    return iteration.timedMs;
  };
  const shared = { name: workload.name, parallel, ...(signal === undefined ? {} : { signal }) };
  await runClosedLoop({ ...shared, iterations: run.warmUp, iterate: loop(undefined) });
  const wallNs = await runClosedLoop({ ...shared, iterations: run.iterations, iterate: loop(recorder.add) });
  return recorder.toSeries(wallNs);
}

/** Pulls the image when the runtime lacks it, so that no timer ever holds a pull or an image lookup. */
async function ensureImage(client: CriClient, image: string): Promise<void> {
  const status = await client.call("ImageStatus", { image: { image } });
  if (status.code === "OK" && status.responses[0]?.["image"] !== undefined) return;
  const pulled = await client.call("PullImage", { image: { image } });
  if (pulled.code === "OK") return;
  throw new HarnessError("FIXTURE_FAILED", `The probe's image ${image} cannot be pulled: ${pulled.code} ${pulled.details}`, { hint: "Run `criteria doctor` to see whether the runtime reaches the registry" });
}

function checkCounts(positive: Readonly<Record<string, number>>, notNegative: Readonly<Record<string, number>>): void {
  for (const [least, counts] of [[1, positive], [0, notNegative]] as const) {
    for (const [name, value] of Object.entries(counts)) {
      if (Number.isInteger(value) && value >= least) continue;
      throw new HarnessError("USAGE", `${name} is ${value}`, { hint: `Give a whole number of at least ${least}` });
    }
  }
}
