import { randomBytes } from "node:crypto";
import type { CriClient } from "../cri/client.ts";
import { HarnessError } from "../model/errors.ts";
import { watchDaemon } from "./daemon.ts";
import { describeEnvironment, loadOf } from "./environment.ts";
import { flagByFloor, measureFloor, startNullServer, type NullServer } from "./floor.ts";
import { lifecycleNamed } from "./lifecycle.ts";
import type { ProcessLoad } from "./load/execute.ts";
import { mergeCost } from "./load/pool.ts";
import { criClientModule, inProcess, inWorkers, type LoadRunner } from "./load/runner.ts";
import { schedule } from "./load/schedule.ts";
import { Objects, type ObjectSettings } from "./objects.ts";
import { ensureImage, removeImage } from "./probe-image.ts";
import type { OnSample } from "./recorder.ts";
import { makeResidents } from "./resident.ts";
import type { BenchResult, Floor, HarnessCost, LoadSetting, Series } from "./result.ts";

/** Starts by a schedule, whatever became of earlier ones. */
export interface OpenLoad {
  readonly ratePerSecond: number;
  readonly durationMs: number;
  readonly spacing: "even" | "poisson";
  readonly seed: number;
}

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
  /** Load from worker processes over `endpoint`, with the floor of the harness measured before and after. */
  readonly workers?: boolean;
  /** Where images are served, if elsewhere; for the workers. */
  readonly imageEndpoint?: string;
  /** An open load instead of a closed one; `parallel` is then the most that may be in flight. */
  readonly open?: OpenLoad;
  /** Pods that stay while the load runs. */
  readonly resident?: number;
  readonly runId?: string;
}

/** Runs workloads one after the other and answers every sample. Removes what it made, aborted or not. */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  for (const name of options.operations) lifecycleNamed(name);
  if (options.operations.length === 0) throw new HarnessError("USAGE", "No workload was named", { hint: "Name at least one workload" });
  const load = loadSetting(options);
  const client = await options.connect();
  const floorServer = options.workers === true ? await startNullServer() : undefined;
  try {
    return await measure({ options, load, client, ...(floorServer === undefined ? {} : { floorServer }) });
  } finally {
    await floorServer?.close();
    client.close();
  }
}

interface Setup {
  readonly options: BenchOptions;
  readonly load: LoadSetting;
  readonly client: CriClient;
  readonly floorServer?: NullServer;
}

interface Measured {
  readonly series: readonly Series[];
  readonly costs: readonly HarnessCost[];
  readonly before: Floor | null;
  readonly after: Floor | null;
}

async function measure(setup: Setup): Promise<BenchResult> {
  const { options, load, client } = setup;
  const settings: ObjectSettings = {
    runId: options.runId ?? `bench-${randomBytes(6).toString("hex")}`,
    probeImage: options.probeImage, logDir: options.logDir, handler: options.handler ?? "",
  };
  const environment = await describeEnvironment(client, options.endpoint ?? "", settings.handler);
  const pulled = await ensureImage(client, options.probeImage);
  const objects = new Objects();
  const originMs = performance.now();
  const startedAt = new Date().toISOString();
  let leftovers: string[] = [];
  let measured: Measured;
  const daemon = watchDaemon(options.endpoint ?? "");
  let daemonCost: ReturnType<typeof daemon>;
  try {
    measured = await runAll(setup, { settings, objects, originMs });
    daemonCost = daemon();
  } finally {
    leftovers = await objects.removeAll(client, settings.runId, options.signal?.aborted === true);
    if (pulled) leftovers.push(...(await removeImage(client, options.probeImage)));
  }
  const { before, after } = measured;
  return {
    schema: 1, unit: "ns", runId: settings.runId, startedAt,
    wallNs: Math.round((performance.now() - originMs) * 1e6),
    interrupted: options.signal?.aborted === true,
    environment: { ...environment, load: [environment.load[0], loadOf()] },
    load, series: flagByFloor(measured.series, [before, after]), floor: { before, after },
    harness: measured.costs.length === 0 ? null : mergeCost(measured.costs),
    ...(daemonCost === undefined ? {} : { daemon: daemonCost }), leftovers,
  };
}

interface Run {
  readonly settings: ObjectSettings;
  readonly objects: Objects;
  readonly originMs: number;
}

async function runAll({ options, load, client, floorServer }: Setup, run: Run): Promise<Measured> {
  const shared = { ...run, client, deadlineMs: options.deadlineMs ?? 120_000, ...(options.signal === undefined ? {} : { signal: options.signal }) };
  const workersOf = (endpoint: string, imageEndpoint?: string, onSample?: OnSample): LoadRunner =>
    inWorkers({ ...shared, client: criClientModule(endpoint, client.api, imageEndpoint) }, onSample);
  const runner = options.workers === true ? workersOf(options.endpoint ?? "", options.imageEndpoint, options.onSample) : inProcess(shared, options.onSample);
  const floor = async (): Promise<Floor | null> => {
    if (floorServer === undefined || options.signal?.aborted === true) return null;
    const through = workersOf(floorServer.endpoint);
    return measureFloor((closed, warmUp) => through("version", closed, warmUp, "floor"), load.model === "open" ? 1 : load.parallel);
  };
  const before = await floor();
  await makeResidents(load.resident ?? 0, shared);
  const series: Series[] = [];
  const costs: HarnessCost[] = [];
  for (const workload of options.operations) {
    if (options.signal?.aborted === true) break;
    const phase = load.resident === undefined ? workload : `${workload}/resident=${load.resident}`;
    const result = await runner(workload, processLoad(load, options.open), load.warmUp, phase);
    series.push(...result.series);
    costs.push(result.cost);
  }
  return { series, costs, before, after: await floor() };
}

function loadSetting(options: BenchOptions): LoadSetting {
  const [parallel, iterations, warmUp] = [options.parallel ?? 1, options.iterations ?? 50, options.warmUp ?? 5];
  checkCounts({ parallel, iterations }, { warmUp, resident: options.resident ?? 0 });
  const resident = options.resident === undefined ? {} : { resident: options.resident };
  if (options.open === undefined) return { model: options.resident === undefined ? "closed" : "density", parallel, iterations, warmUp, ...resident };
  return { model: "open", parallel, iterations: schedule(options.open).length, warmUp, ...options.open, ...resident };
}

function processLoad(load: LoadSetting, open: OpenLoad | undefined): ProcessLoad {
  if (open === undefined) return { model: "closed", parallel: load.parallel, iterations: load.iterations };
  return { model: "open", startsMs: schedule(open), inFlight: load.parallel };
}

function checkCounts(positive: Readonly<Record<string, number>>, notNegative: Readonly<Record<string, number>>): void {
  for (const [least, counts] of [[1, positive], [0, notNegative]] as const) {
    for (const [name, value] of Object.entries(counts)) {
      if (Number.isInteger(value) && value >= least) continue;
      throw new HarnessError("USAGE", `${name} is ${value}`, { hint: `Give a whole number of at least ${least}` });
    }
  }
}
