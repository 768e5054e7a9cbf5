import { randomBytes } from "node:crypto";
import type { CriClient } from "../cri/client.ts";
import { pullProbeImage } from "../engine/probe-image.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { listenerOf } from "../steps/host-processes.ts";
import { RuntimeWatch } from "./cost/runtime-watch.ts";
import { WorkerMemory } from "./cost/worker-memory.ts";
import { describeEnvironment, loadOf } from "./environment.ts";
import { flagByFloor, measureFloor, startNullServer, type NullServer } from "./floor.ts";
import { describeLoad, mostInFlight } from "./load/load-plan.ts";
import { mergeCost } from "./load/pool.ts";
import { criClientModule, inProcess, inWorkers, type LoadRunner } from "./load/runner.ts";
import { Objects, type ObjectSettings } from "./objects.ts";
import { Residents } from "./resident.ts";
import type { BenchOptions } from "./bench-options.ts";
import { IncompleteBench } from "./incomplete.ts";
import type { BenchResult, Floor, LoadSetting } from "./result.ts";
import { type Findings, runWorkload } from "./run-workload.ts";
import { checkLoads, describeLoads } from "./workload/loads.ts";
import { versionPlan } from "./workload/plan.ts";

/** Runs workloads one after the other and answers every sample. Removes what it made, aborted or not. */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  if (options.workloads.length === 0) throw new HarnessError("USAGE", "No workload was named", { hint: "Name at least one workload" });
  checkLoads(options);
  const client = await options.connect();
  const floorServer = options.workers === true ? await startNullServer() : undefined;
  try {
    return await measure({ options, client, ...(floorServer === undefined ? {} : { floorServer }) });
  } finally {
    await floorServer?.close();
    client.close();
  }
}

interface Setup {
  readonly options: BenchOptions;
  readonly client: CriClient;
  readonly floorServer?: NullServer;
}

async function measure(setup: Setup): Promise<BenchResult> {
  const { options, client } = setup;
  const settings: ObjectSettings = {
    runId: options.runId ?? `bench-${randomBytes(6).toString("hex")}`,
    probeImage: options.probeImage, logDir: options.logDir, handler: options.handler ?? "",
  };
  const environment = await describeEnvironment(client, options.endpoint ?? "", settings.handler);
  const image = await pullProbeImage(client, options.probeImage, options.signal);
  const run = await newRun(settings, options);
  const startedAt = new Date().toISOString();
  const cpu = process.cpuUsage();
  const leftovers: string[] = [];
  const measured: Measured = { before: null, after: null, findings: { series: [], costs: [], density: [], knees: [], budgets: [], notes: [] } };
  let parentCpuSeconds = 0;
  let fault: { readonly thrown: unknown } | undefined;
  try {
    await runAll(setup, run, measured);
  } catch (thrown) {
    fault = { thrown };
  } finally {
    const { user, system } = process.cpuUsage(cpu);
    parentCpuSeconds = (user + system) / 1e6;
    run.watch.stop();
    leftovers.push(...(await run.objects.removeAll(client, settings.runId, fault !== undefined || options.signal?.aborted === true)));
    const problem = await image.remove();
    if (problem !== undefined) leftovers.push(problem);
  }
  const { before, after, findings } = measured;
  const { costs, series, density, knees, budgets, notes } = findings;
  if (fault !== undefined) notes.push(`incomplete: ${messageOf(fault.thrown)}`);
  const result: BenchResult = {
    schema: 1, unit: "ns", runId: settings.runId, startedAt,
    wallNs: Math.round((performance.now() - run.originMs) * 1e6),
    interrupted: options.signal?.aborted === true, ...(fault === undefined ? {} : { incomplete: true as const }),
    environment: { ...environment, load: [environment.load[0], loadOf()] },
    load: loadSetting(options), series: flagByFloor(series, [before, after]), floor: { before, after },
    harness: costs.length === 0 ? null : { ...mergeCost(costs), rssBytes: Math.max(run.memory.mostBytes, ...costs.map(({ rssBytes }) => rssBytes)), parentCpuSeconds },
    runtime: await run.watch.account(),
    ...(density.length === 0 ? {} : { density }), ...(knees.length === 0 ? {} : { knees }), ...(budgets.length === 0 ? {} : { budgets }),
    ...(notes.length === 0 ? {} : { notes: [...new Set(notes)] }), leftovers,
  };
  if (fault !== undefined) throw new IncompleteBench(fault.thrown, result);
  return result;
}

interface Run {
  readonly settings: ObjectSettings;
  readonly objects: Objects;
  readonly originMs: number;
  readonly watch: RuntimeWatch;
  readonly memory: WorkerMemory;
}

async function newRun(settings: ObjectSettings, options: BenchOptions): Promise<Run> {
  const originMs = performance.now();
  const memory = new WorkerMemory();
  const harness = (): { rssBytes: number; workers: number } => ({ rssBytes: memory.now.rssBytes + process.memoryUsage.rss(), workers: memory.now.workers });
  const socket = (options.endpoint ?? "").replace(/^unix:\/\//, "");
  const watch = new RuntimeWatch({ socket, daemon: await listenerOf(socket), originMs, harness });
  return { settings, objects: new Objects(), originMs, memory, watch };
}

interface Measured {
  readonly findings: Findings;
  before: Floor | null;
  after: Floor | null;
}

/** Into what it is given: what was measured before a failure counts. */
async function runAll({ options, client, floorServer }: Setup, run: Run, measured: Measured): Promise<void> {
  const { settings, objects, originMs, watch } = run;
  const shared = { settings, objects, originMs, client, deadlineMs: options.deadlineMs ?? 120_000, ...(options.signal === undefined ? {} : { signal: options.signal }) };
  const listener = { onRss: (pid: number, bytes: number) => run.memory.heard(pid, bytes), ...(options.onSamples === undefined ? {} : { onSamples: options.onSamples }) };
  const workersOf = (endpoint: string, imageEndpoint?: string, heard = {}): LoadRunner => inWorkers({ ...shared, client: criClientModule(endpoint, client.api, imageEndpoint) }, heard);
  const runner = options.workers === true ? workersOf(options.endpoint ?? "", options.imageEndpoint, listener) : inProcess(shared, listener);
  const floor = async (): Promise<Floor | null> => {
    if (floorServer === undefined || options.signal?.aborted === true) return null;
    const through = workersOf(floorServer.endpoint);
    return measureFloor((closed, warmUp) => through(versionPlan, closed, warmUp, "floor"), inFlightOf(options));
  };
  measured.before = await floor();
  const residents = new Residents(shared);
  for (const workload of options.workloads) {
    if (options.signal?.aborted === true) break;
    await runWorkload(workload, { ...shared, options, runner, residents, watch }, measured.findings);
  }
  measured.after = await floor();
}

function inFlightOf({ load, workloads }: BenchOptions): number {
  const plans = load === undefined ? workloads.flatMap(({ phases }) => phases.map((phase) => phase.load)) : [load];
  return Math.max(1, ...plans.map(mostInFlight));
}

/** The load that was asked for, where all workloads ran under it; else what each of them ran under. */
function loadSetting(options: BenchOptions): LoadSetting {
  const { load } = options;
  const resident = options.resident === undefined ? {} : { resident: options.resident };
  if (load === undefined || options.workloads.some(({ mix }) => mix.length > 0)) {
    return { model: "workload", parallel: inFlightOf(options), iterations: 0, warmUp: 0, plan: describeLoads(options), ...resident };
  }
  const own = "parallel" in load ? load.parallel : "inFlight" in load ? load.inFlight : inFlightOf(options);
  const open = load.model === "open" ? { ratePerSecond: load.ratePerSecond, spacing: load.spacing, seed: load.seed } : {};
  return {
    model: load.model, parallel: own, iterations: "iterations" in load ? load.iterations : "count" in load ? load.count : 0, warmUp: load.warmUp, plan: describeLoad(load),
    ...open, ...("durationMs" in load && load.durationMs !== undefined ? { durationMs: load.durationMs } : {}), ...resident,
  };
}
