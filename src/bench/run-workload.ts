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
import type { WorkloadPlan } from "./workload/plan.ts";
import { type Phase, planOf, type Workload, type WorkloadCell } from "./workload/workload.ts";

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
  for (const cell of workload.cells) {
    if (run.signal?.aborted === true) return;
    const made = await make(workload, cell, run);
    try {
      const series = await runCell(workload, cell, made.plan, run, findings);
      findings.budgets.push(...judgeBudgets(workload.budget, [workload.name, cell.label].filter((part) => part !== "").join("/"), series, cell.matrix));
    } finally {
      await made.undo();
    }
  }
}

interface Made {
  readonly plan: WorkloadPlan;
  readonly undo: () => Promise<void>;
}

/** Makes what a workload is given once. */
async function make(workload: Workload, cell: WorkloadCell, { client, settings, objects, options }: WorkloadRun): Promise<Made> {
  const pods: string[] = [];
  const images: string[] = [];
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
    images.push(served.ref);
    return served;
  } };
  const undo = async (): Promise<void> => {
    for (const id of pods) if ((await removePod(client, id)) === undefined) objects.gone(id);
    for (const image of images) await client.call("RemoveImage", { image: { image } });
  };
  try {
    const bindings = await makeFixtures(workload.given, { matrix: cell.matrix, probe: { ref: settings.probeImage } }, { settings, call, ...serveImage });
    return { plan: planOf(workload, bindings), undo };
  } catch (thrown) {
    await undo();
    if (!(thrown instanceof FixtureFailure)) throw thrown;
    throw new HarnessError("FIXTURE_FAILED", `${workload.name} cannot begin: ${thrown.message}`, { hint: "Run the call by hand with `criteria call`.", cause: thrown });
  }
}

async function runCell(workload: Workload, cell: WorkloadCell, plan: WorkloadPlan, run: WorkloadRun, findings: Findings): Promise<Series[]> {
  const phases: readonly Phase[] = run.options.load === undefined ? workload.phases : [{ load: run.options.load, counted: true }];
  const several = phases.filter(({ counted }) => counted).length > 1;
  const series: Series[] = [];
  for (const { load, counted } of phases) {
    const levels: StepLevel[] = [];
    for (const stage of stagesOf(load)) {
      if (run.signal?.aborted === true) break;
      const label = [workload.name, cell.label, stage.label ?? (several ? labelOf(load) : ""), residentLabel(run.options.resident)].filter((part) => part !== "").join("/");
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
    const parts: { readonly plan: WorkloadPlan; readonly ratePerSecond: number }[] = [];
    for (const { workload: id, ratePerSecond } of workload.mix) {
      const known = (run.options.known ?? run.options.workloads).find((each) => each.id === id);
      const cell = known?.cells[0];
      if (known === undefined || cell === undefined) throw new HarnessError("SUITE_INVALID", `${workload.id} mixes ${id}, which is not there`, { hint: "Name a workload by its id." });
      const one = await make(known, cell, run);
      made.push(one);
      parts.push({ plan: one.plan, ratePerSecond });
    }
    for (const phase of workload.phases) await runParts(workload.name, parts, phase.load, run, findings);
  } finally {
    for (const one of made) await one.undo();
  }
}

async function runParts(name: string, parts: readonly { readonly plan: WorkloadPlan; readonly ratePerSecond: number }[], load: LoadPlan, run: WorkloadRun, findings: Findings): Promise<void> {
  const override = run.options.load;
  // How long may be said on the command line; what is mixed may not.
  const durationMs = override !== undefined && "durationMs" in override ? override.durationMs : undefined;
  if (load.model !== "open") throw new HarnessError("SUITE_INVALID", `${name} has a phase without a duration`, { hint: "Give it `for`." });
  await run.residents.become(run.options.resident ?? 0);
  run.watch.enter(name, run.residents.count);
  const results = await Promise.all(parts.map(({ plan, ratePerSecond }, index) => {
    const [stage] = stagesOf({ ...load, ratePerSecond, seed: load.seed + index, ...(durationMs === undefined ? {} : { durationMs }) });
    if (stage === undefined) throw new HarnessError("HARNESS_FAULT", "an open load has no stage", { hint: "Report this." });
    return run.runner(plan, stage.load, stage.warmUp, `${name}/${plan.name}`);
  }));
  for (const result of results) keep(result, findings);
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

/** Iterations per second: every iteration makes its first series. */
function rateOf({ series }: PoolResult): number {
  return series[0]?.summary.ratePerSecond ?? 0;
}

/** The level with the most rate for its latency: by Little's law latency is parallel / rate, so rate / latency is rate² / parallel. */
export function kneeOf(workload: string, levels: readonly StepLevel[]): Knee {
  const power = ({ parallel, ratePerSecond }: StepLevel): number => ratePerSecond ** 2 / parallel;
  const best = levels.reduce<StepLevel | undefined>((top, level) => (top === undefined || power(level) > power(top) ? level : top), undefined);
  return { workload, levels, parallel: best?.parallel ?? 0 };
}
