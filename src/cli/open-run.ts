/** What the cases of one run share, and how it is taken down. */
import { join } from "node:path";
import type { CaseEnvironment } from "../engine/environment.ts";
import { InvariantJudge } from "../engine/invariants.ts";
import { fileLedger } from "../engine/ledger.ts";
import { pullProbeImage } from "../engine/probe-image.ts";
import { cleanRun } from "../engine/removal.ts";
import { runCase } from "../engine/run-case.ts";
import { CommonFixtures } from "../engine/common-fixtures.ts";
import { SharedFixtures } from "../engine/shared-fixtures.ts";
import { startStallMonitor } from "../engine/stall.ts";
import type { Emit, RunInfo } from "../model/event.ts";
import { baseOf, type Plan } from "../model/plan.ts";
import { messageOf } from "../model/errors.ts";
import type { CaseResult, Level } from "../model/verdict.ts";
import { applyLevel } from "../runner/level.ts";
import type { RunDeps } from "../runner/run-plan.ts";
import { applyWaivers, type Waiver } from "../runner/waivers.ts";
import { Rendezvous } from "../steps/rendezvous.ts";
import { Restarts } from "../steps/restarts.ts";
import { forgetTempFolder, makeTempFolder } from "../target/temp-folder.ts";
import type { RunCommandOptions } from "./commands/run.ts";
import { readDocuments } from "./documents.ts";
import { imageProvider } from "./image-provider.ts";
import { LostRuntime } from "./lost-runtime.ts";
import type { RunFolder } from "./run-folder.ts";
import type { Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";
import { criteriaVersion } from "./version.ts";

/** What the run was about to create; beside the event log. */
export const ledgerName = "ledger.ndjson";

export interface RunParts {
  readonly session: Session;
  readonly plan: Plan;
  readonly options: RunCommandOptions;
  readonly terminal: Terminal;
  readonly folder: RunFolder;
  readonly emit: Emit;
  /** RPC to the optional feature that lists it. */
  readonly optionalRpcs: ReadonlyMap<string, string>;
  /** Those in force: a known breach leaves nothing for a look. */
  readonly waivers: readonly Waiver[];
}

export interface OpenRun {
  readonly info: RunInfo;
  deps(knownCase: NonNullable<RunDeps["knownCase"]>): RunDeps;
  /** Gives what could not be taken down. */
  close(): Promise<readonly string[]>;
}

/** The words of `--level`. */
export const levels: Readonly<Record<RunCommandOptions["level"], Level>> = { must: "MUST", should: "SHOULD", may: "MAY" };

/** Pulls the probe's image and prepares what cases share. */
export async function openRun(parts: RunParts): Promise<OpenRun> {
  const { session, plan, options, terminal, folder, emit } = parts;
  const beganMs = performance.now();
  const now = (): number => performance.now() - beganMs;
  // The runtime writes there: its path is short, and it goes away with the run.
  const logRoot = makeTempFolder(`criteria-${session.runId}`);
  const forgetLogs = (): void => { forgetTempFolder(logRoot); };
  // The embedded runtime ends with this process, and nobody could clean up after it.
  if (options.embedded === true) terminal.onKill(forgetLogs);
  const image = await pullProbeImage(session.client, session.probeRef, terminal.interrupt).catch((thrown: unknown) => {
    forgetLogs();
    throw thrown;
  });
  const shared = new SharedFixtures();
  const common = new CommonFixtures(plan.cases, options.repeat);
  const stall = startStallMonitor((durationMs) => { emit({ type: "stall", at: now(), durationMs }); });
  const observer = new InvariantJudge(plan.invariants, { target: session.target.facts, host: session.target.host });
  const kept = new Set<string>();
  const left: string[] = [];
  const rendezvous = new Rendezvous();
  const restarts = new Restarts();
  const ledger = fileLedger(join(folder.folder, ledgerName));
  const environment = environmentOf(parts, { now, ledger, logRoot, shared, common, stall, observer, hostServices: { ...session.target.hostServices, rendezvous, restarts }, ...(options.keepOnFailure === true ? { keepsObjects: keeper(parts, kept) } : {}) });
  const info = runInfo(parts, folder);
  const lost = new LostRuntime({ session, restarts, terminal });
  const revive = async (): Promise<string> => {
    const how = await lost.revive();
    // A runtime that keeps nothing has lost what cases share.
    await pullProbeImage(session.client, session.probeRef, terminal.interrupt);
    shared.renew();
    common.renew();
    return how;
  };
  return {
    info,
    deps: (knownCase) => ({
      runCase: (item, signal) => runCase(item, environment, signal), invariants: () => observer.results(),
      cleanUp: async () => {
        if (kept.size === 0) left.push(...await common.close(), ...await shared.close());
      },
      emit, now, run: info, knownCase, parties: rendezvous, runtime: { look: () => lost.look(), revive },
    }),
    async close() {
      stall.stop();
      // What a lost answer may have left is found by its label; so are shared PodSandboxes that nothing kept is in.
      left.push(...await cleanRun(session.client, session.runId, kept));
      const problem = await image.remove();
      try {
        if (kept.size === 0) forgetLogs();
      } catch (thrown) {
        // Something is still mounted there, or written to: it is told of, and the reports are written all the same.
        left.push(`${logRoot}: ${messageOf(thrown)}`);
      }
      ledger.close();
      return problem === undefined ? left : [...left, problem];
    },
  };
}

type Own = Pick<CaseEnvironment, "now" | "ledger" | "logRoot" | "shared" | "common" | "stall" | "observer" | "hostServices" | "keepsObjects">;

/** Keeps what cases made that failed or are broken, as the report will say; notes whose it is. */
function keeper({ options, waivers }: RunParts, kept: Set<string>): (result: CaseResult) => boolean {
  return (result) => {
    const { verdict } = applyWaivers(applyLevel(result, levels[options.level]), waivers, levels[options.level]);
    if (verdict !== "failed" && verdict !== "broken") return false;
    // What the cells of a matrix have in common is labelled with the id of their case.
    kept.add(result.id).add(baseOf(result.id));
    return true;
  };
}

function environmentOf({ session, options, emit, optionalRpcs }: RunParts, own: Own): CaseEnvironment {
  const { target } = session;
  let seq = 0;
  return {
    ...own, client: session.client, ...(target.olderClient === undefined ? {} : { olderClient: target.olderClient }),
    runId: session.runId, target: target.facts, host: target.host, handler: options.runtimeHandler ?? "",
    images: imageProvider(session.images, session.probeRef), documents: readDocuments(), optionalRpcs, claimed: new Set(target.claims),
    level: levels[options.level],
    // The runner tells of starts itself, once for all repeats of a case.
    emit: (event) => { if (event.type !== "case-started") emit(event); },
    nextSeq: () => (seq += 1),
  };
}

function runInfo({ session, plan, options, terminal }: RunParts, folder: RunFolder): RunInfo {
  const { target } = session;
  return {
    runId: folder.runId, criteriaVersion: criteriaVersion(), contract: plan.contract, argv: terminal.argv, endpoint: session.endpoint,
    imageEndpoint: target.imageEndpoint, api: session.client.api, runtimeName: target.runtimeName, runtimeVersion: target.runtimeVersion,
    profile: options.profile ?? "", handler: options.runtimeHandler ?? "", host: target.host,
  };
}
