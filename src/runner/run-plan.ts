import pLimit from "p-limit";
import { messageOf } from "../model/errors.ts";
import type { Emit, HarnessCost, RunInfo } from "../model/event.ts";
import { globMatches } from "../model/glob.ts";
import type { Plan, PlanCase } from "../model/plan.ts";
import type { CaseResult, Level } from "../model/verdict.ts";
import { exitCodeOf } from "./exit-code.ts";
import { applyLevel } from "./level.ts";
import { hostInMocha } from "./mocha-host.ts";
import { type LossDeps, lossId, lossRequirement, LossWatch } from "./loss-watch.ts";
import { mergeRepeats } from "./repeats.ts";
import { schedule } from "./schedule.ts";
import { applyWaivers, isExpired, type Waiver, wrongWaivers } from "./waivers.ts";

export interface RunDeps {
  /** Runs one case to its end, undo included. Never throws for what the runtime does. */
  readonly runCase: (item: PlanCase, signal: AbortSignal) => Promise<CaseResult>;
  /** The invariants' results over the whole run, asked for once at the end. */
  readonly invariants: () => readonly CaseResult[] | Promise<readonly CaseResult[]>;
  /** Undoes what cases share. */
  readonly cleanUp?: () => Promise<void>;
  readonly emit: Emit;
  /** Monotonic milliseconds since the run began. */
  readonly now: () => number;
  readonly run: RunInfo;
  /** Told which cases run beside each other although they are alone, and when one of them has ended. */
  readonly parties?: { open(cases: readonly string[]): void; leave(id: string): void };
  /** Asked after a case that did not end well. Where the runtime is lost and does not come back, the run ends. */
  readonly runtime: Pick<LossDeps, "look" | "revive">;
  /** Whether any case of the whole catalog fits, selected or not. */
  readonly knownCase?: (glob: string, requirement: string) => boolean;
}

export interface RunOptions {
  readonly jobs: number;
  readonly bail: boolean;
  readonly repeat: number;
  readonly level: Level;
  readonly waivers: readonly Waiver[];
  /** ISO date, for waivers that expire. */
  readonly today: string;
  /** Its reason is a signal's name or `ownFault`. */
  readonly interrupt: AbortSignal;
}

export interface RunSummary {
  readonly results: readonly CaseResult[];
  readonly counts: Readonly<Record<string, number>>;
  readonly exitCode: number;
  readonly interrupted: boolean;
}

/** Runs the plan and tells everything in events. Cases start ahead in a pool; Mocha hosts them in order. */
export async function runPlan(plan: Plan, deps: RunDeps, options: RunOptions): Promise<RunSummary> {
  const stop = new StopOrder(options.interrupt);
  const waivers = options.waivers.filter((waiver) => !isExpired(waiver, options.today));
  deps.emit({ type: "run-started", at: deps.now(), run: deps.run, total: plan.cases.length + plan.invariants.length });
  const finish = (result: CaseResult): CaseResult => {
    const final = applyWaivers(applyLevel(result, options.level), waivers, options.level);
    deps.emit({ type: "case-ended", at: deps.now(), result: final });
    return final;
  };
  const watch = new LossWatch({ ...deps.runtime, now: deps.now });
  const judge = async (item: PlanCase): Promise<Judgement> => {
    const since = await watch.enter(item);
    try {
      const result = await runOne(item, deps, options, stop).finally(() => deps.parties?.leave(item.id));
      const wasLost = isBad(result) && stop.reason === undefined && (await watch.wasLost(item, since));
      if (watch.isLost) stop.order("the runtime does not answer any more");
      return { result, wasLost };
    } finally {
      watch.leave(item);
    }
  };
  const conclude = (raw: CaseResult): CaseResult => {
    const result = finish(raw);
    if (options.bail && (result.verdict === "failed" || result.verdict === "broken")) stop.order(`stopped by --bail after ${result.id}`);
    return result;
  };
  const first = schedule(plan.cases.map((item) => ({
    id: item.id, alone: item.alone !== undefined && item.skip === undefined, ...(item.group === undefined ? {} : { group: item.group }),
    run: async () => {
      const { result, wasLost } = await judge(item);
      return wasLost ? undefined : conclude(result);
    },
  })), options.jobs, (group) => { deps.parties?.open(group.map(({ id }) => id)); });
  // Those that were under way when the runtime was lost: one by one, so that the one that loses it again is known.
  const afterAll = pLimit(1);
  const promises = plan.cases.map(async (item, index) => await first[index] ?? afterAll(async () => {
    await Promise.allSettled(first);
    return conclude((await judge(item)).result);
  }));
  await hostInMocha(plan.cases.flatMap((item, index) => {
    const result = promises[index];
    return result === undefined ? [] : [{ id: item.id, suite: item.suite, result }];
  }));
  const results = await Promise.all(promises);
  await deps.cleanUp?.();
  const invariants = (await deps.invariants()).map((result) => finish({ ...result, invariant: true }));
  const wrong = [...watch.results(), ...wrongWaivers(options.waivers, options.today, (glob, requirement) => isLoss(glob, requirement) || (deps.knownCase?.(glob, requirement) ?? true))].map(finish);
  return summarise([...results, ...invariants, ...wrong], { deps, interrupt: options.interrupt });
}

interface Judgement {
  readonly result: CaseResult;
  /** The runtime was lost meanwhile, and is back. */
  readonly wasLost: boolean;
}

async function runOne(item: PlanCase, deps: RunDeps, options: RunOptions, stop: StopOrder): Promise<CaseResult> {
  if (item.skip !== undefined) return resultOf(item, deps.now(), item.skip.verdict, item.skip.reason);
  const runs: CaseResult[] = [];
  for (let round = 0; round < options.repeat; round++) {
    if (stop.reason !== undefined) break;
    if (round === 0) deps.emit({ type: "case-started", at: deps.now(), id: item.id });
    runs.push(await runGuarded(item, deps, stop));
  }
  return runs.length === 0 ? resultOf(item, deps.now(), "not-run", stop.reason ?? "the run was stopped") : mergeRepeats(runs);
}

async function runGuarded(item: PlanCase, deps: RunDeps, stop: StopOrder): Promise<CaseResult> {
  const startedMs = deps.now();
  try {
    const result = await deps.runCase(item, stop.cancel);
    if (stop.cancel.aborted && result.verdict !== "passed" && result.verdict !== "failed") {
      return { ...result, verdict: "not-run", reason: `${stop.reason ?? "interrupted"} while it ran` };
    }
    return result;
  } catch (thrown) {
    if (stop.cancel.aborted) return resultOf(item, startedMs, "not-run", `${stop.reason ?? "interrupted"} while it ran`);
    return { ...resultOf(item, startedMs, "broken", messageOf(thrown)), durationMs: deps.now() - startedMs };
  }
}

/** Whether a waiver speaks of a lost runtime: no catalog has that result. */
function isLoss(glob: string, requirement: string): boolean {
  return requirement === lossRequirement && globMatches(glob, lossId);
}

/** What a lost runtime may have been the reason for. */
function isBad({ verdict }: CaseResult): boolean {
  return verdict === "failed" || verdict === "broken" || verdict === "warned";
}

/** A result without a judgement. */
function resultOf(item: PlanCase, startedMs: number, verdict: CaseResult["verdict"], reason: string): CaseResult {
  return {
    id: item.id, suite: item.suite, about: item.about, file: item.at.file, line: item.at.line, verdict, reason, checks: [],
    requirements: item.requirements, level: item.level, robustness: item.robustness, startedMs, durationMs: 0, leftovers: [],
    ...(item.draft === undefined ? {} : { draft: item.draft }),
  };
}

function summarise(results: readonly CaseResult[], context: { deps: RunDeps; interrupt: AbortSignal }): RunSummary {
  const { deps, interrupt } = context;
  const counts: Record<string, number> = {};
  for (const { verdict } of results) counts[verdict] = (counts[verdict] ?? 0) + 1;
  const exitCode = exitCodeOf(results, interrupt);
  deps.emit({ type: "run-ended", at: deps.now(), exitCode, interrupted: interrupt.aborted, counts, harness: harnessCost() });
  return { results, counts, exitCode, interrupted: interrupt.aborted };
}

function harnessCost(): HarnessCost {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuMs: Math.round((userCPUTime + systemCPUTime) / 1000), maxRssBytes: maxRSS * 1024 };
}

/** Why nothing more may start. Only an interrupt also cancels what is under way. */
class StopOrder {
  reason: string | undefined;
  readonly cancel: AbortSignal;

  constructor(interrupt: AbortSignal) {
    this.cancel = interrupt;
    const note = (): void => this.order(`interrupted by ${String(interrupt.reason)}`);
    if (interrupt.aborted) note();
    else interrupt.addEventListener("abort", note, { once: true });
  }

  order(reason: string): void {
    this.reason ??= reason;
  }
}
