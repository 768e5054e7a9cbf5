/** One runtime with its faults, and what is needed to run cases against it. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { buildPlan } from "../catalog/build-plan.ts";
import type { Catalog } from "../catalog/load.ts";
import type { CallOptions, CriClient } from "../cri/client.ts";
import type { AnswerObserver, CaseEnvironment } from "../engine/environment.ts";
import type { ImageProvider } from "../engine/images.ts";
import { InvariantJudge } from "../engine/invariants.ts";
import { cleanRun } from "../engine/removal.ts";
import { CommonFixtures } from "../engine/common-fixtures.ts";
import { SharedFixtures } from "../engine/shared-fixtures.ts";
import { startStallMonitor } from "../engine/stall.ts";
import type { Emit } from "../model/event.ts";
import { baseOf, type Plan } from "../model/plan.ts";
import { openTarget } from "../target/open-target.ts";
import type { Carrier, Faults } from "./carrier.ts";

/** What all arenas of a process share. */
export interface Workshop {
  readonly catalog: Catalog;
  readonly carrier: Carrier;
  /** Past the faults, to a real runtime: takes away what a mutant left. */
  readonly sound?: CriClient;
  /** Images of the cases, of a registry that lives as long as the process. */
  readonly images: ImageProvider;
  readonly probeRef: string;
  readonly documents: ReadonlyMap<string, unknown>;
  /** Short, for sockets; goes away with the process. */
  readonly folder: string;
}

export interface ArenaOptions {
  readonly emit?: Emit;
  /** Sees each answer beside the invariants. */
  readonly observer?: AnswerObserver;
  /** The Kubernetes minor that is judged; what the profile says unless given. */
  readonly contract?: string;
  /** Ids of the cases that will be run; all unless given. To plan all of them takes longer than to run a few. */
  readonly cases?: readonly string[];
  /** No call takes longer, whatever a case says. */
  readonly deadlineMs?: number;
}

export interface Arena {
  readonly plan: Plan;
  readonly environment: CaseEnvironment;
  readonly invariants: InvariantJudge;
  close(): Promise<void>;
}

const handshakeMs = 5000;
const pullMs = 15_000;
let made = 0;

/** Starts the runtime, learns about it as a run would, and plans the cases that fit. Throws when it cannot even be opened. */
export async function openArena(workshop: Workshop, faults: Faults, { emit = () => undefined, observer, deadlineMs, ...asked }: ArenaOptions = {}): Promise<Arena> {
  const { carrier } = workshop;
  const folder = mkdtempSync(join(workshop.folder, "m-"));
  made += 1;
  const runId = `m${process.pid}x${made}`;
  const undo: (() => Promise<void> | void)[] = [() => removeFolder(folder)];
  const close = async (): Promise<void> => { for (const action of undo.splice(0).reverse()) await action(); };
  try {
    const { endpoint, close: closeFront } = await carrier.open(faults, folder);
    undo.push(closeFront);
    const { sound } = workshop;
    if (sound !== undefined) undo.push(async () => { await cleanRun(sound, runId); });
    const target = await openTarget({ runtimeEndpoint: endpoint, imageEndpoint: endpoint, embedded: carrier.embedded, handler: carrier.handler, timeoutMs: handshakeMs, env: {} });
    undo.push(() => { target.close(); });
    const { facts, handlerFacts, claims } = target;
    const contract = asked.contract ?? target.contract;
    const host = { ...target.host };
    const plan = buildPlan(holding(workshop.catalog, asked.cases), { target: facts, host, handler: handlerFacts, contract, claims });
    // When the mutant spoils this, the cases about images still judge it.
    await target.client.call("PullImage", { image: { image: workshop.probeRef } }, { deadlineMs: pullMs });
    const beganMs = performance.now();
    const now = (): number => performance.now() - beganMs;
    const stall = startStallMonitor(() => undefined);
    undo.push(() => { stall.stop(); });
    const invariants = new InvariantJudge(plan.invariants, { target: facts, host });
    const logRoot = join(folder, "logs");
    mkdirSync(logRoot);
    let seq = 0;
    const environment: CaseEnvironment = {
      client: deadlineMs === undefined ? target.client : impatient(target.client, deadlineMs), runId, target: facts, host, hostServices: target.hostServices, handler: carrier.handler,
      images: workshop.images, documents: workshop.documents, optionalRpcs: optionalRpcs(workshop.catalog), claimed: new Set(claims), logRoot,
      ledger: { write: () => undefined }, stall, emit, now, nextSeq: () => (seq += 1), observer: both(invariants, observer), level: "SHOULD", shared: new SharedFixtures(), common: new CommonFixtures(plan.cases),
    };
    return { plan, environment, invariants, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** The client with a limit to its patience. */
function impatient(client: CriClient, mostMs: number): CriClient {
  const limit = (options: CallOptions = {}): CallOptions => ({ ...options, deadlineMs: Math.min(options.deadlineMs ?? mostMs, mostMs) });
  return {
    api: client.api,
    call: (rpc, request, options) => client.call(rpc, request, limit(options)),
    open: (rpc, request, options) => client.open(rpc, request, options),
    rawCall: (method, message, options) => client.rawCall(method, message, limit(options)),
    close: () => { client.close(); },
  };
}

/** The catalog with no other cases than these. */
function holding(catalog: Catalog, ids: readonly string[] | undefined): Catalog {
  if (ids === undefined) return catalog;
  const bases = new Set(ids.map(baseOf));
  return { ...catalog, cases: catalog.cases.filter((item) => bases.has(item.baseId)) };
}

function both(first: AnswerObserver, second: AnswerObserver | undefined): AnswerObserver {
  return {
    see: (answer, seq, caseId) => {
      first.see(answer, seq, caseId);
      second?.see(answer, seq, caseId);
    },
  };
}

/** Cases that were stopped may still write there; what they leave goes away with the process. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 }).catch(() => undefined);
}

function optionalRpcs(catalog: Catalog): Map<string, string> {
  const optional = [...catalog.features.values()].filter((feature) => feature.by === "runtime");
  return new Map(optional.flatMap((feature) => feature.rpcs.map((rpc): [string, string] => [rpc, feature.name])));
}
