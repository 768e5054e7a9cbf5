/** One reference runtime with its faults, and what is needed to run cases against it. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { buildPlan } from "../catalog/build-plan.ts";
import type { Catalog } from "../catalog/load.ts";
import type { CaseEnvironment } from "../engine/environment.ts";
import type { ImageProvider } from "../engine/images.ts";
import { InvariantJudge } from "../engine/invariants.ts";
import { SharedPods } from "../engine/shared-pods.ts";
import { startStallMonitor } from "../engine/stall.ts";
import type { Emit } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { Mutator } from "../reference-runtime/server.ts";
import { startReferenceRuntime } from "../reference-runtime/start.ts";
import { openTarget } from "../target/open-target.ts";

/** What all arenas of a process share. */
export interface Workshop {
  readonly catalog: Catalog;
  /** Images of the cases, of a registry that lives as long as the process. */
  readonly images: ImageProvider;
  readonly probeRef: string;
  readonly documents: ReadonlyMap<string, unknown>;
  /** Short, for sockets; goes away with the process. */
  readonly folder: string;
}

export interface Arena {
  readonly plan: Plan;
  readonly environment: CaseEnvironment;
  readonly invariants: InvariantJudge;
  close(): Promise<void>;
}

let made = 0;

/** Starts the runtime, learns about it as a run would, and plans the cases that fit. Throws when it cannot even be opened. */
export async function openArena(workshop: Workshop, mutators: readonly Mutator[], emit: Emit, only?: readonly string[]): Promise<Arena> {
  const folder = mkdtempSync(join(workshop.folder, "m-"));
  const endpoint = `unix://${join(folder, "r.sock")}`;
  const undo: (() => Promise<void> | void)[] = [() => removeFolder(folder)];
  const close = async (): Promise<void> => { for (const action of undo.splice(0).reverse()) await action(); };
  try {
    const runtime = await startReferenceRuntime({ listen: endpoint, stateDir: join(folder, "state"), mutators });
    undo.push(() => runtime.close());
    const target = await openTarget({ runtimeEndpoint: endpoint, imageEndpoint: endpoint, embedded: true, timeoutMs: 5000, env: {} });
    undo.push(() => { target.close(); });
    const { facts, handlerFacts, contract, claims } = target;
    const host = { ...target.host };
    const plan = buildPlan(workshop.catalog, { target: facts, host, handler: handlerFacts, contract, claims, ...(only === undefined ? {} : { only }) });
    // When the mutant spoils this, the cases about images still judge it.
    await target.client.call("PullImage", { image: { image: workshop.probeRef } }, { deadlineMs: 15_000 });
    const beganMs = performance.now();
    const now = (): number => performance.now() - beganMs;
    const stall = startStallMonitor(() => undefined);
    undo.push(() => { stall.stop(); });
    const invariants = new InvariantJudge(plan.invariants, { target: facts, host });
    const logRoot = join(folder, "logs");
    mkdirSync(logRoot);
    let seq = 0;
    const environment: CaseEnvironment = {
      client: target.client, runId: `m${process.pid}x${(made += 1)}`, target: facts, host, hostServices: target.hostServices, handler: "",
      images: workshop.images, documents: workshop.documents, optionalRpcs: optionalRpcs(workshop.catalog), claimed: new Set(claims), logRoot,
      ledger: { write: () => undefined }, stall, emit, now, nextSeq: () => (seq += 1), observer: invariants, level: "SHOULD", shared: new SharedPods(),
    };
    return { plan, environment, invariants, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** Cases that were stopped may still write there; what they leave goes away with the process. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 }).catch(() => undefined);
}

function optionalRpcs(catalog: Catalog): Map<string, string> {
  const optional = [...catalog.features.values()].filter((feature) => feature.by === "runtime");
  return new Map(optional.flatMap((feature) => feature.rpcs.map((rpc): [string, string] => [rpc, feature.name])));
}
