import { setMaxListeners } from "node:events";
import type { CriClient } from "../cri/client.ts";
import { HarnessError } from "../model/errors.ts";
import { judgeBudgets } from "./budget.ts";
import type { RuntimeWatch } from "./cost/runtime-watch.ts";
import { type LoadPlan, type Stage, stagesOf } from "./load/load-plan.ts";
import type { PoolResult } from "./load/pool.ts";
import type { LoadRunner } from "./load/runner.ts";
import { type Objects, type ObjectSettings, removePod } from "./objects.ts";
import type { Residents } from "./resident.ts";
import type { BudgetResult, DensityCost, HarnessCost, Knee, Series, StepLevel } from "./result.ts";
import type { BenchOptions } from "./bench-options.ts";
import { FixtureFailure, makeFixtures } from "./workload/fixtures.ts";
import { makeLanes } from "./workload/lanes.ts";
import { lanesOf, mixOf, phasesOf } from "./workload/loads.ts";
import type { WorkloadPlan } from "./workload/plan.ts";
import { planOf, type Workload, type WorkloadCell } from "./workload/workload.ts";

/** What a run has found so far. */
export interface Findings {
  readonly series: Series[];
  readonly costs: HarnessCost[];
  readonly density: DensityCost[];
  readonly knees: Knee[];
  readonly budgets: BudgetResult[];
  readonly notes: string[];
}

export interface WorkloadRun {
  readonly options: BenchOptions;
  readonly client: CriClient;
  readonly settings: ObjectSettings;
  readonly objects: Objects;
  readonly signal?: AbortSignal;
  readonly runner: LoadRunner;
  readonly residents: Residents;
  readonly watch: RuntimeWatch;
}

/** Runs every cell of a workload under each of its loads. */
export async function runWorkload(workload: Workload, run: WorkloadRun, findings: Findings): Promise<void> {
  if (workload.mix.length > 0) return runMix(workload, run, findings);
  const lanes = Math.max(1, ...phasesOf(workload, run.options.load).map(({ load }) => lanesOf(load)));
  for (const cell of workload.cells) {
    if (run.signal?.aborted === true) return;
    const made = await make(workload, cell, lanes, run);
    try {
      const series = await runCell(workload, cell, made.plan, run, findings);
      findings.budgets.push(...judgeBudgets(workload.budget, labelled(workload.name, cell.label), series, cell.matrix));
    } finally {
      await made.undo();
    }
  }
}

interface Made {
  readonly plan: WorkloadPlan;
  readonly undo: () => Promise<void>;
}

/** Makes what a workload is given once, and what each of its lanes has to itself. */
async function make(workload: Workload, cell: WorkloadCell, lanes: number, { client, settings, objects, options }: WorkloadRun): Promise<Made> {
  const pods: string[] = [];
  const call = async (rpc: string, request: Readonly<Record<string, unknown>>): ReturnType<CriClient["call"]> => {
    const answer = await client.call(rpc, { ...request });
    const id = answer.responses[0]?.["pod_sandbox_id"];
    if (rpc === "RunPodSandbox" && typeof id === "string") {
      pods.push(id);
      objects.made(id);
    }
    return answer;
  };
  const serve = options.serveImage;
  const serveImage = serve === undefined ? {} : { serveImage: (keys: Readonly<Record<string, unknown>>) => {
    const served = serve(keys);
    objects.served(served.ref);
    return served;
  } };
  const undo = async (): Promise<void> => {
    for (const id of pods) if ((await removePod(client, id)) === undefined) objects.gone(id);
  };
  const maker = { settings, call, ...serveImage };
  try {
    const bindings = await makeFixtures(workload.given, { matrix: cell.matrix, probe: { ref: settings.probeImage } }, maker);
    const own = await makeLanes(workload.iteration.given, lanes, bindings, maker);
    return { plan: { ...planOf(workload, bindings), ...(own === undefined ? {} : { lanes: own }) }, undo };
  } catch (thrown) {
    await undo();
    if (!(thrown instanceof FixtureFailure)) throw thrown;
    throw new HarnessError("FIXTURE_FAILED", `${workload.name} cannot begin: ${thrown.message}`, { hint: "Run the call by hand with `criteria call`.", cause: thrown });
  }
}

async function runCell(workload: Workload, cell: WorkloadCell, plan: WorkloadPlan, run: WorkloadRun, findings: Findings): Promise<Series[]> {
  const phases = phasesOf(workload, run.options.load);
  const several = phases.filter(({ counted }) => counted).length > 1;
  const series: Series[] = [];
  const names = new Set<string>();
  for (const [number, { load, counted }] of phases.entries()) {
    const levels: StepLevel[] = [];
    for (const stage of stagesOf(load)) {
      if (run.signal?.aborted === true) break;
      const name = labelled(workload.name, cell.label, stage.label ?? (several ? labelOf(load) : ""), counted ? "" : "warm-up", residentLabel(run.options.resident));
      const label = labelled(name, names.has(name) ? `phase=${number + 1}` : "");
      names.add(name);
      const result = await runStage(plan, stage, label, run, findings);
      if (!counted) continue;
      series.push(...result.series);
      keep(result, findings);
      if (load.model === "steps") levels.push({ parallel: parallelOf(stage), ratePerSecond: rateOf(result) });
    }
    if (levels.length > 0) findings.knees.push(kneeOf(workload.name, levels));
  }
  return series;
}

async function runStage(plan: WorkloadPlan, stage: Stage, label: string, run: WorkloadRun, findings: Findings): Promise<PoolResult> {
  const wanted = stage.resident ?? run.options.resident ?? 0;
  run.watch.enter(`${label} (before)`, run.residents.count);
  await run.residents.become(wanted);
  const look = stage.resident === undefined || wanted === 0 ? undefined : run.watch.costOf(wanted);
  if (look !== undefined) findings.density.push({ resident: wanted, perPod: look });
  run.watch.enter(label, wanted);
  return run.runner(plan, stage.load, stage.warmUp, label);
}

function keep({ series, cost, notes }: PoolResult, findings: Findings): void {
  findings.series.push(...series);
  findings.costs.push(cost);
  findings.notes.push(...notes);
}

/** Workloads side by side, each an open load of its own from workers of its own. */
async function runMix(workload: Workload, run: WorkloadRun, findings: Findings): Promise<void> {
  const made: Made[] = [];
  try {
    const parts: MixedPlan[] = [];
    for (const { workload: part, loads } of mixOf(workload, run.options)) {
      // A part with a matrix runs its first cell.
      for (const cell of part.cells.slice(0, 1)) {
        const one = await make(part, cell, Math.max(1, ...loads.map(lanesOf)), run);
        made.push(one);
        parts.push({ plan: one.plan, label: labelled(part.name, cell.label), loads });
      }
    }
    for (const phase of workload.phases.keys()) {
      if (run.signal?.aborted === true) break;
      const label = labelled(workload.name, workload.phases.length > 1 ? `phase=${phase + 1}` : "", residentLabel(run.options.resident));
      await runParts(label, parts.map(({ plan, label: name, loads }) => ({ plan, label: `${label}/${name}`, loads: loads.slice(phase, phase + 1) })), run, findings);
    }
  } finally {
    for (const one of made) await one.undo();
  }
}

interface MixedPlan {
  readonly plan: WorkloadPlan;
  readonly label: string;
  readonly loads: readonly LoadPlan[];
}

async function runParts(name: string, parts: readonly MixedPlan[], run: WorkloadRun, findings: Findings): Promise<void> {
  await run.residents.become(run.options.resident ?? 0);
  run.watch.enter(name, run.residents.count);
  const stages = parts.flatMap(({ plan, label, loads }) => loads.flatMap(stagesOf).map((stage) => ({ plan, label, stage })));
  const stop = new AbortController();
  const signal = run.signal === undefined ? stop.signal : AbortSignal.any([run.signal, stop.signal]);
  setMaxListeners(0, signal);
  const faults: unknown[] = [];
  const runOne = async ({ plan, label, stage }: (typeof stages)[number]): Promise<PoolResult | undefined> => {
    try {
      const result = await run.runner(plan, stage.load, stage.warmUp, label, signal);
      // What was cut because another failed is no measurement.
      return faults.length > 0 ? undefined : result;
    } catch (thrown) {
      faults.push(thrown);
      stop.abort();
      return undefined;
    }
  };
  // None is under way any more when the failure of one is told: what they made is removed next.
  const results = await Promise.all(stages.map(runOne));
  for (const result of results) if (result !== undefined) keep(result, findings);
  if (faults.length > 0) throw faults[0];
}

/** A name for people and comparisons, of the parts that say something. */
function labelled(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("/");
}

function residentLabel(resident: number | undefined): string {
  return resident === undefined ? "" : `resident=${resident}`;
}

function labelOf(load: LoadPlan): string {
  if (load.model === "open") return `rate=${load.ratePerSecond}`;
  return load.model === "closed" ? `workers=${load.parallel}` : "";
}

function parallelOf({ load }: Stage): number {
  return load.model === "closed" ? load.parallel : load.inFlight;
}

/** Iterations per second: of the series that came OK most often, for one that may fail by rights says nothing of them. */
function rateOf({ series }: PoolResult): number {
  return Math.max(0, ...series.map(({ summary }) => summary.ratePerSecond));
}

/** The level with the most rate for its latency: by Little's law latency is parallel / rate, so rate / latency is rate² / parallel. */
export function kneeOf(workload: string, levels: readonly StepLevel[]): Knee {
  const power = ({ parallel, ratePerSecond }: StepLevel): number => ratePerSecond ** 2 / parallel;
  const best = levels.reduce<StepLevel | undefined>((top, level) => (top === undefined || power(level) > power(top) ? level : top), undefined);
  return { workload, levels, parallel: best?.parallel ?? 0 };
}
