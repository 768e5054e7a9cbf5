/** `criteria run`, from the options to the exit code. */
import { readFileSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import { messageOf } from "../model/errors.ts";
import type { Emit, RunEvent } from "../model/event.ts";
import { HarnessError } from "../model/errors.ts";
import { globMatches } from "../model/glob.ts";
import type { Plan } from "../model/plan.ts";
import { combineReporters } from "../reporters/reporter.ts";
import { openEventLog } from "../runner/event-log.ts";
import { exitCodes } from "../runner/exit-code.ts";
import { runPlan, type RunSummary } from "../runner/run-plan.ts";
import { isExpired, type Waiver, waiversFor } from "../runner/waivers.ts";
import { buildPlan } from "../catalog/build-plan.ts";
import type { Catalog } from "../catalog/load.ts";
import type { RunCommandOptions } from "./commands/run.ts";
import { consoleReporter } from "./console-reporter.ts";
import { eventLogName, makeReports, noteClock, reportNames, runtimeLogFinder } from "./reports.ts";
import { makeRunFolder, type RunFolder } from "./run-folder.ts";
import { levels, ledgerName, openRun, type OpenRun } from "./open-run.ts";
import { openSession, type Session } from "./session.ts";
import { shardPlan } from "./shard.ts";
import { selectForRun, type Selection } from "./suite-files.ts";
import type { Terminal } from "./terminal.ts";
import { readWaiverFiles } from "./waiver-files.ts";

interface JudgeJob {
  readonly patterns: readonly string[];
  readonly options: RunCommandOptions;
  readonly terminal: Terminal;
}

/** Everything that can be wrong with the input is found before the runtime is touched. */
export async function judge({ patterns, options, terminal }: JudgeJob): Promise<number> {
  optimizeLater();
  checkReporters(options.reporter);
  const waivers = readWaiverFiles(options.waivers ?? [], terminal.cwd);
  const selection = selectForRun(patterns, options, terminal.cwd);
  const session = await openSession(options, terminal);
  try {
    const plan = planFor(selection, session, options);
    const folder = makeRunFolder(terminal.cwd, options.out, session.runId);
    const summary = await execute({ plan, session, options, terminal, folder, waivers, catalog: selection.catalog });
    return await publish(summary, folder, { options, terminal });
  } finally {
    await session.close();
  }
}

/**
 * A run is short and mostly waits for the runtime: the threads that optimize code take more CPU from it than they give back
 * (a fifth of what the harness uses for the suites of containers and PodSandboxes). The budget is in bytes of bytecode; V8's own is an eighth.
 * Newer Nodes have no such flag, and a compiler in between that takes less.
 */
function optimizeLater(): void {
  if (process.versions.node.startsWith("20.")) setFlagsFromString("--interrupt-budget=500000");
}

function checkReporters(names: readonly string[]): void {
  const known: readonly string[] = reportNames;
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) throw new HarnessError("USAGE", `there is no reporter '${wrong}'`, { hint: `Choose among ${known.join(", ")}.` });
}

function planFor({ catalog, patterns }: Selection, session: Session, options: RunCommandOptions): Plan {
  const { target } = session;
  const plan = buildPlan(catalog, {
    target: target.facts, host: { ...target.host, own_images: session.images !== undefined }, handler: target.handlerFacts, contract: options.contract ?? target.contract, patterns,
    claims: target.claims, excludes: target.excludes, ...(options.only === undefined ? {} : { only: options.only }), ...(options.skip === undefined ? {} : { skip: options.skip }),
  });
  return options.shard === undefined ? plan : shardPlan(plan, options.shard);
}

interface Execution {
  readonly plan: Plan;
  readonly session: Session;
  readonly options: RunCommandOptions;
  readonly terminal: Terminal;
  readonly folder: RunFolder;
  readonly waivers: readonly Waiver[];
  readonly catalog: Catalog;
}

async function execute(work: Execution): Promise<RunSummary> {
  const { options, terminal, folder, session, plan } = work;
  // Logs are appended to: an earlier run in the same folder would become part of this one.
  for (const name of [eventLogName, ledgerName]) rmSync(join(folder.folder, name), { force: true });
  const log = openEventLog(join(folder.folder, eventLogName));
  const emit = emitTo(log.emit, options, terminal);
  const today = new Date().toISOString().slice(0, 10);
  const { runtimeName, runtimeVersion } = session.target;
  const waivers = waiversFor(work.waivers, { runtimeName, runtimeVersion, handler: options.runtimeHandler ?? "", today });
  const run = await openRun({ session, plan, options, terminal, folder, emit, optionalRpcs: optionalRpcs(work.catalog), waivers: waivers.filter((waiver) => !isExpired(waiver, today)) });
  if (options.embedded !== true) terminal.onKill(() => { terminal.err("criteria: ended at once; `criteria clean` removes what this run has left on the runtime\n"); });
  try {
    return await runPlan(plan, run.deps((glob, requirement) => isKnown(work.catalog, glob, requirement)), {
      jobs: options.jobs ?? defaultJobs(), bail: options.bail === true, repeat: options.repeat, level: levels[options.level], today,
      waivers, interrupt: terminal.interrupt,
    });
  } finally {
    await closeRun(run, terminal);
    log.close();
  }
}

async function closeRun(run: OpenRun, terminal: Terminal): Promise<void> {
  for (const item of await run.close()) terminal.err(`left behind: ${item}\n`);
}

function optionalRpcs(catalog: Catalog): Map<string, string> {
  const optional = [...catalog.features.values()].filter((feature) => feature.by === "runtime");
  return new Map(optional.flatMap((feature) => feature.rpcs.map((rpc): [string, string] => [rpc, feature.name])));
}

/** Calls mostly wait for the runtime: more cases than cores keep it busy. */
function defaultJobs(): number {
  return Math.max(4, 2 * cpus().length);
}

/** A waiver may name a case with or without its axes. */
function isKnown(catalog: Catalog, glob: string, requirement: string): boolean {
  const fits = (id: string, base: string): boolean => globMatches(glob, id) || glob.startsWith(`${id}/`) || glob.startsWith(`${base}/`);
  return catalog.cases.some((item) => fits(item.id, item.baseId) && item.plan.requirements.includes(requirement)) ||
    catalog.invariants.some(({ plan }) => fits(plan.id, plan.id) && plan.covers.includes(requirement));
}

function emitTo(log: Emit, options: RunCommandOptions, terminal: Terminal): Emit {
  const clock = { runStartedMs: undefined as number | undefined };
  const finder = options.runtimeLog === undefined ? undefined : runtimeLogFinder(resolve(terminal.cwd, options.runtimeLog), clock);
  const reporter = combineReporters([consoleReporter(terminal, options, finder)], (name, thrown) => {
    terminal.err(`criteria: the reporter ${name} failed: ${messageOf(thrown)}\n`);
  });
  return (event: RunEvent) => {
    noteClock(event, clock);
    log(event);
    reporter.onEvent(event);
    if (event.type === "run-ended") reporter.close();
  };
}

async function publish(summary: RunSummary, { folder }: RunFolder, context: { options: RunCommandOptions; terminal: Terminal }): Promise<number> {
  const { options, terminal } = context;
  let faults = 0;
  const names = options.json === true ? [...new Set([...options.reporter, "results"])] : options.reporter;
  await makeReports(folder, {
    names, ...(options.runtimeLog === undefined ? {} : { runtimeLog: resolve(terminal.cwd, options.runtimeLog) }),
    onFault: (name, thrown) => {
      faults += 1;
      terminal.err(`criteria: the reporter ${name} failed: ${messageOf(thrown)}\n`);
    },
  });
  if (options.json === true) terminal.out(readFileSync(join(folder, "results.json"), "utf8"));
  else if (options.quiet !== true) terminal.out(`${folder}\n`);
  return faults > 0 && summary.exitCode === exitCodes.ok ? exitCodes.broken : summary.exitCode;
}
