import { rmSync } from "node:fs";
import { resolve } from "node:path";
import type { CriClient } from "../cri/client.ts";
import { knock } from "../cri/knock.ts";
import { imageNames, labelledContainers, labelledPods, labels, removeContainer, removeImage, removePod } from "../engine/removal.ts";
import { messageOf } from "../model/errors.ts";
import { exitCodes } from "../runner/exit-code.ts";
import { faultChains } from "../target/cni-chain.ts";
import { deadTempFolders, removeTempFolder } from "../target/temp-folder.ts";
import type { CleanOptions } from "./commands/clean.ts";
import { shortIdOf } from "./run-folder.ts";
import { openBareSession } from "./session.ts";
import type { Terminal } from "./terminal.ts";

const listenMs = 2000;

interface CleanJob {
  readonly options: CleanOptions;
  readonly terminal: Terminal;
}

interface Found {
  readonly what: string;
  /** Throws, or gives, what went wrong. */
  readonly remove: () => unknown;
}

/** `criteria clean`: containers, PodSandboxes, images, and what is on this host. Exit 4 when something stays. */
export async function cleanRuns({ options, terminal }: CleanJob): Promise<number> {
  const { cniConfDir, cniBinDir, ...target } = options;
  const run = options.run === undefined ? undefined : shortIdOf(options.run);
  const session = await openBareSession(target, terminal);
  let failed = 0;
  try {
    const { client } = session;
    const places = { ...(cniConfDir === undefined ? {} : { confDir: resolve(terminal.cwd, cniConfDir), binDir: resolve(terminal.cwd, cniBinDir ?? "/opt/cni/bin") }) };
    const found = [
      ...(await objectsOf(client, run)), ...(await imagesOf(client, run)),
      ...deadTempFolders(run === undefined ? undefined : `criteria-${run}`).map((path) => ({ what: `folder ${path}`, remove: () => removeTempFolder(path) })),
      ...faultChains(places).map((path) => ({ what: `file ${path}`, remove: () => removeFile(path) })),
    ];
    for (const item of found) {
      const problem = options.dryRun === true ? undefined : await problemOf(item);
      if (problem !== undefined) failed += 1;
      terminal.out(`${problem === undefined ? (options.dryRun === true ? "would remove" : "removed") : "kept"} ${item.what}${problem === undefined ? "" : `: ${problem}`}\n`);
    }
    if (found.length === 0 && options.quiet !== true) terminal.out("nothing is left of any run\n");
  } finally {
    await session.close();
  }
  return failed > 0 ? exitCodes.broken : exitCodes.ok;
}

async function problemOf({ remove }: Found): Promise<string | undefined> {
  try {
    const problem = await remove();
    return typeof problem === "string" ? problem : undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Containers before the PodSandboxes that they are in. */
async function objectsOf(client: CriClient, run: string | undefined): Promise<Found[]> {
  const wanted = run === undefined ? {} : { [labels.run]: run };
  return [
    ...(await labelledContainers(client, wanted)).map(({ id }) => ({ what: `container ${id}`, remove: () => removeContainer(client, id) })),
    ...(await labelledPods(client, wanted)).map(({ id }) => ({ what: `PodSandbox ${id}`, remove: () => removePod(client, id) })),
  ];
}

/**
 * Images carry no label. Their names tell: from a registry of criteria on this loopback, by a port at which nobody listens any more,
 * so that no run under way loses one.
 */
async function imagesOf(client: CriClient, run: string | undefined): Promise<Found[]> {
  const found: Found[] = [];
  for (const refs of await imageNames(client)) {
    const [ref] = refs;
    const owners = refs.map((one) => /^127\.0\.0\.1:(\d+)\/criteria(?:-([0-9a-f]+))?\//.exec(one));
    const ports = new Set(owners.map((owner) => Number(owner?.[1] ?? 0)));
    const fits = owners.every((owner) => owner !== null && (run === undefined || owner[2] === undefined || owner[2] === run));
    if (ref === undefined || !fits || (await Promise.all([...ports].map(isListening))).includes(true)) continue;
    found.push({ what: `image ${ref}`, remove: () => removeImage(client, ref) });
  }
  return found;
}

async function isListening(port: number): Promise<boolean> {
  return ["taken", "silent"].includes(await knock({ host: "127.0.0.1", port }, listenMs));
}

function removeFile(path: string): undefined {
  rmSync(path, { recursive: true, force: true });
}
