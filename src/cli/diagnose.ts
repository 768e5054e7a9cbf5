/** `criteria doctor`. */
import { buildPlan } from "../catalog/build-plan.ts";
import type { CriClient } from "../cri/client.ts";
import { messageOf } from "../model/errors.ts";
import { startRegistry } from "../oci/registry-server.ts";
import { createTestImages } from "../oci/test-images.ts";
import { doctorLines, examine } from "../target/doctor.ts";
import type { OutputOptions, TargetOptions } from "./options.ts";
import { openBareSession, type BareSession } from "./session.ts";
import { selectSuites } from "./suite-files.ts";
import type { Terminal } from "./terminal.ts";

interface Diagnosis {
  readonly options: Pick<OutputOptions, "json"> & TargetOptions;
  readonly terminal: Terminal;
}

interface Registry {
  readonly reachable: boolean;
  readonly details: string;
}

/** Prints what was learnt, what each missing piece keeps from being judged, and how to mend it. */
export async function diagnose({ options, terminal }: Diagnosis): Promise<number> {
  const session = await openBareSession(options, terminal);
  try {
    const report = examine(session.target);
    const registry = await tryRegistry(session.client, terminal.interrupt);
    const notJudged = reasonsNotToJudge(session, options, terminal);
    if (options.json === true) {
      terminal.out(`${JSON.stringify({ ...report, registry, notJudged }, (_key, value: unknown) => (typeof value === "bigint" ? Number(value) : value))}\n`);
    } else {
      terminal.out(`${[...doctorLines(report), ...registryLines(registry), ...reasonLines(notJudged)].join("\n")}\n`);
    }
    return 0;
  } finally {
    await session.close();
  }
}

/** Cases that will not be judged here, by their reason. */
function reasonsNotToJudge({ target }: BareSession, options: TargetOptions, terminal: Terminal): Readonly<Record<string, number>> {
  const { catalog } = selectSuites([], undefined, terminal.cwd);
  const plan = buildPlan(catalog, {
    target: target.facts, host: target.host, handler: target.handlerFacts, contract: options.contract ?? target.contract, claims: target.claims, excludes: target.excludes,
  });
  const counts: Record<string, number> = {};
  for (const { skip } of plan.cases) {
    if (skip !== undefined) counts[`${skip.verdict}: ${skip.reason}`] = (counts[`${skip.verdict}: ${skip.reason}`] ?? 0) + 1;
  }
  return counts;
}

const pullMs = 30_000;

/** Has the runtime pull a small image from a registry of ours, as a run would. */
async function tryRegistry(client: CriClient, signal: AbortSignal): Promise<Registry> {
  const registry = await startRegistry({ host: "127.0.0.1", port: 0 });
  try {
    const { ref } = createTestImages({ registry, probe: null }).make({});
    const pulled = await client.call("PullImage", { image: { image: ref } }, { deadlineMs: pullMs, signal });
    if (pulled.code !== "OK") return { reachable: false, details: `${pulled.code}: ${pulled.details}` };
    const removed = await client.call("RemoveImage", { image: { image: ref } }, { deadlineMs: pullMs });
    return { reachable: true, details: removed.code === "OK" ? "" : `RemoveImage answered ${removed.code}: ${removed.details}` };
  } catch (thrown) {
    return { reachable: false, details: messageOf(thrown) };
  } finally {
    await registry.close();
  }
}

function registryLines({ reachable, details }: Registry): string[] {
  if (reachable) return ["", `images      the runtime pulls from the registry of the harness${details === "" ? "" : ` (${details})`}`];
  return ["", `  the registry of the harness: blocks all cases that run a container (${details})`, "    Run criteria on the host of the runtime, or serve the images with `criteria images serve` and give --image-registry."];
}

function reasonLines(notJudged: Readonly<Record<string, number>>): string[] {
  const reasons = Object.entries(notJudged).sort(([, a], [, b]) => b - a);
  return reasons.length === 0 ? ["every case can be judged here"] : ["", "not judged here:", ...reasons.map(([reason, count]) => `  ${String(count).padStart(4)} ${count === 1 ? "case " : "cases"} ${reason}`)];
}
