import type { CriClient } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import { labels as labelKeys } from "../engine/removal.ts";
import type { CleanOptions } from "./commands/clean.ts";
import { openBareSession } from "./session.ts";
import type { Terminal } from "./terminal.ts";

interface CleanJob {
  readonly options: CleanOptions;
  readonly terminal: Terminal;
}

interface Found {
  readonly what: string;
  readonly calls: readonly (readonly [rpc: string, request: Message])[];
}

/** `criteria clean`: containers, then PodSandboxes. Exit 4 when something stays. */
export async function cleanRuns({ options, terminal }: CleanJob): Promise<number> {
  const session = await openBareSession(options, terminal);
  let failed = 0;
  try {
    const found = [...(await containersOf(session.client, options.run)), ...(await podsOf(session.client, options.run))];
    for (const item of found) {
      const problem = options.dryRun === true ? undefined : await removeFound(session.client, item);
      if (problem !== undefined) failed += 1;
      terminal.out(`${problem === undefined ? (options.dryRun === true ? "would remove" : "removed") : "kept"} ${item.what}${problem === undefined ? "" : `: ${problem}`}\n`);
    }
    if (found.length === 0 && options.quiet !== true) terminal.out("nothing is left of any run\n");
  } finally {
    await session.close();
  }
  return failed > 0 ? 4 : 0;
}

async function containersOf(client: CriClient, run: string | undefined): Promise<Found[]> {
  return (await listed(client, "ListContainers", "containers", run)).map((id) => ({
    what: `container ${id}`, calls: [["StopContainer", { container_id: id, timeout: 0n }], ["RemoveContainer", { container_id: id }]],
  }));
}

async function podsOf(client: CriClient, run: string | undefined): Promise<Found[]> {
  return (await listed(client, "ListPodSandbox", "items", run)).map((id) => ({
    what: `PodSandbox ${id}`, calls: [["StopPodSandbox", { pod_sandbox_id: id }], ["RemovePodSandbox", { pod_sandbox_id: id }]],
  }));
}

async function listed(client: CriClient, rpc: string, field: string, run: string | undefined): Promise<string[]> {
  const answer = await client.call(rpc, {});
  const items = answer.responses[0]?.[field];
  return (Array.isArray(items) ? items : []).filter((item: unknown) => isOfRun(item, run)).map((item: Message) => String(item["id"]));
}

function isOfRun(item: unknown, run: string | undefined): item is Message {
  if (typeof item !== "object" || item === null || !("labels" in item)) return false;
  const { labels } = item;
  if (typeof labels !== "object" || labels === null) return false;
  const value: unknown = Object.entries(labels).find(([key]) => key === labelKeys.run)?.[1];
  return value !== undefined && (run === undefined || value === run);
}

async function removeFound(client: CriClient, { calls }: Found): Promise<string | undefined> {
  let problem: string | undefined;
  for (const [rpc, request] of calls) {
    const answer = await client.call(rpc, request, { deadlineMs: 60_000 });
    problem = answer.code === "OK" || answer.code === "NOT_FOUND" ? undefined : `${rpc} answered ${answer.code}: ${answer.details}`;
  }
  return problem;
}
