import { rmSync } from "node:fs";
import { connect } from "node:net";
import { resolve } from "node:path";
import type { CriClient } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import { labels as labelKeys } from "../engine/removal.ts";
import { exitCodes } from "../runner/exit-code.ts";
import { asRecord } from "../steps/input.ts";
import { faultChains } from "../target/cni-chain.ts";
import { deadTempFolders, removeTempFolder } from "../target/temp-folder.ts";
import type { CleanOptions } from "./commands/clean.ts";
import { openBareSession } from "./session.ts";
import type { Terminal } from "./terminal.ts";

const listenMs = 2000;

interface CleanJob {
  readonly options: CleanOptions;
  readonly terminal: Terminal;
}

interface Found {
  readonly what: string;
  /** Gives what went wrong. */
  readonly remove: () => Promise<string | undefined> | string | undefined;
}

/** `criteria clean`: containers, PodSandboxes, images, and what is on this host. Exit 4 when something stays. */
export async function cleanRuns({ options, terminal }: CleanJob): Promise<number> {
  const { cniConfDir, cniBinDir, ...target } = options;
  const session = await openBareSession(target, terminal);
  let failed = 0;
  try {
    const { client } = session;
    const places = { ...(cniConfDir === undefined ? {} : { confDir: resolve(terminal.cwd, cniConfDir), binDir: resolve(terminal.cwd, cniBinDir ?? "/opt/cni/bin") }) };
    const found = [
      ...(await containersOf(client, options.run)), ...(await podsOf(client, options.run)), ...(await imagesOf(client, options.run)),
      ...deadTempFolders(options.run === undefined ? undefined : `criteria-${options.run}`).map((path) => ({ what: `folder ${path}`, remove: () => removeTempFolder(path) })),
      ...faultChains(places).map((path) => ({ what: `file ${path}`, remove: () => removeFile(path) })),
    ];
    for (const item of found) {
      const problem = options.dryRun === true ? undefined : await item.remove();
      if (problem !== undefined) failed += 1;
      terminal.out(`${problem === undefined ? (options.dryRun === true ? "would remove" : "removed") : "kept"} ${item.what}${problem === undefined ? "" : `: ${problem}`}\n`);
    }
    if (found.length === 0 && options.quiet !== true) terminal.out("nothing is left of any run\n");
  } finally {
    await session.close();
  }
  return failed > 0 ? exitCodes.broken : exitCodes.ok;
}

async function containersOf(client: CriClient, run: string | undefined): Promise<Found[]> {
  return (await listed(client, "ListContainers", "containers", run)).map((id) => ({
    what: `container ${id}`, remove: () => callAll(client, [["StopContainer", { container_id: id, timeout: 0n }], ["RemoveContainer", { container_id: id }]]),
  }));
}

async function podsOf(client: CriClient, run: string | undefined): Promise<Found[]> {
  return (await listed(client, "ListPodSandbox", "items", run)).map((id) => ({
    what: `PodSandbox ${id}`, remove: () => callAll(client, [["StopPodSandbox", { pod_sandbox_id: id }], ["RemovePodSandbox", { pod_sandbox_id: id }]]),
  }));
}

/**
 * Images carry no label. Their names tell: from a registry of criteria on this loopback, by a port at which nobody listens any more,
 * so that no run under way loses one.
 */
async function imagesOf(client: CriClient, run: string | undefined): Promise<Found[]> {
  const items: unknown = (await client.call("ListImages", {})).responses[0]?.["images"];
  const found: Found[] = [];
  for (const image of Array.isArray(items) ? items.map(asRecord) : []) {
    const refs = [image?.["repo_tags"], image?.["repo_digests"]].flat().filter((ref): ref is string => typeof ref === "string");
    const [ref] = refs;
    const owners = refs.map((one) => /^127\.0\.0\.1:(\d+)\/criteria(?:-([0-9a-f]+))?\//.exec(one));
    const ports = new Set(owners.map((owner) => Number(owner?.[1] ?? 0)));
    const fits = owners.every((owner) => owner !== null && (run === undefined || owner[2] === undefined || owner[2] === run));
    if (ref === undefined || !fits || (await Promise.all([...ports].map(isListening))).includes(true)) continue;
    found.push({ what: `image ${ref}`, remove: () => callAll(client, [["RemoveImage", { image: { image: ref } }]]) });
  }
  return found;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: listenMs });
    const end = (is: boolean) => (): void => { socket.destroy(); resolve(is); };
    socket.once("connect", end(true)).once("timeout", end(true)).once("error", end(false));
  });
}

function removeFile(path: string): undefined {
  rmSync(path, { recursive: true, force: true });
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

async function callAll(client: CriClient, calls: readonly (readonly [rpc: string, request: Message])[]): Promise<string | undefined> {
  let problem: string | undefined;
  for (const [rpc, request] of calls) {
    const answer = await client.call(rpc, request, { deadlineMs: 60_000 });
    problem = answer.code === "OK" || answer.code === "NOT_FOUND" ? undefined : `${rpc} answered ${answer.code}: ${answer.details}`;
  }
  return problem;
}
