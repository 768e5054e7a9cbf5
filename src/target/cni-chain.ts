/** Puts the faulty network plugin at the end of the runtime's CNI chain for the time of a run, and takes it away again. */
import { chmodSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CriClient } from "../cri/client.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { releaseForgotten } from "./cni-release.ts";
import { makeTempFolder } from "./temp-folder.ts";

export interface ChainPlaces {
  /** Where the runtime reads network configurations. */
  readonly confDir: string;
  /** Where it looks for plugins. */
  readonly binDir: string;
}

export interface FaultChain {
  /** The folder that orders faults; `faultCni` writes there. */
  readonly controlDir: string;
  /** Resolves when the runtime has read the chain. */
  untilRead(client: CriClient, signal: AbortSignal): Promise<void>;
  /** Takes all of it away, and gives back networks that the runtime forgot; gives what went wrong there. */
  close(): string[];
  /** Only takes it away: for a second Ctrl-C. */
  abandon(): void;
}

type Fields = Readonly<Record<string, unknown>>;

/** Sorts before the names in use, 10-… as a rule: runtimes take the first configuration. */
const confPrefix = "0-criteria-";
const pluginPrefix = "criteria-fault-";
const controlPrefix = "criteria-cni-";
const readWithinMs = 15_000;

/** Copies the plugin beside the others, and lays a copy of the first configuration with the plugin behind it over that one. */
export function chainFaultPlugin(places: ChainPlaces, binary: Uint8Array, id: string): FaultChain {
  const base = firstConfiguration(places.confDir);
  const plugin = `${pluginPrefix}${id}`;
  const files = [join(places.confDir, `${confPrefix}${id}.conflist`), join(places.binDir, plugin)] as const;
  const controlDir = makeTempFolder(controlPrefix);
  const abandon = (): void => { for (const path of [...files, controlDir]) rmSync(path, { recursive: true, force: true }); };
  try {
    place(files[1], binary);
    chmodSync(files[1], 0o755);
    place(files[0], JSON.stringify({ ...base, plugins: [...listOf(base["plugins"]), { type: plugin, control: controlDir }] }));
  } catch (thrown) {
    abandon();
    throw usage(`the faulty network plugin cannot be put in place: ${messageOf(thrown)}`, "Run as root; --cni-conf-dir and --cni-bin-dir name the runtime's own folders.");
  }
  const close = (): string[] => {
    const problems = releaseForgotten({ binDir: places.binDir, list: base, controlDir });
    abandon();
    return problems;
  };
  return { controlDir, close, abandon, untilRead: (client, signal) => untilRead(client, signal, { plugin, network: String(base["name"]), confDir: places.confDir }) };
}

/** What a run that was killed left in the chain. */
export function faultChains(places: Partial<ChainPlaces>): string[] {
  const configurations = leftIn(places.confDir, confPrefix);
  return [...configurations, ...configurations.flatMap(controlOf), ...leftIn(places.binDir, pluginPrefix)];
}

function leftIn(folder: string | undefined, prefix: string): string[] {
  return folder === undefined ? [] : readdirSync(folder).filter((name) => name.startsWith(prefix)).map((name) => join(folder, name));
}

/** The control folder that a configuration of ours names. */
function controlOf(path: string): string[] {
  const control = listOf(parse(path).plugins).map((plugin) => (typeof plugin === "object" && plugin !== null && "control" in plugin ? String(plugin.control) : ""));
  return control.filter((folder) => basename(folder).startsWith(controlPrefix) && existsSync(folder));
}

/** The runtime never reads half a file: it does not know the extension of the first name. */
function place(path: string, content: Uint8Array | string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

function firstConfiguration(confDir: string): Fields {
  if (statSync(confDir, { throwIfNoEntry: false })?.isDirectory() !== true) throw usage(`--cni-conf-dir ${confDir} is no folder`, "It is the folder where the runtime reads network configurations.");
  const names = readdirSync(confDir).filter((name) => /\.(conf|conflist|json)$/.test(name)).sort();
  const other = names.find((name) => name.startsWith(confPrefix));
  if (other !== undefined) throw usage(`${join(confDir, other)} belongs to another run`, `If that run is over, \`criteria clean --cni-conf-dir ${confDir}\` takes it away.`);
  const [name] = names;
  if (name === undefined) throw usage(`there is no network configuration in ${confDir}`, "The faulty plugin stands behind the plugins of one that works.");
  if (name < confPrefix) throw usage(`${join(confDir, name)} sorts before ${confPrefix}`, "Give it a name that begins with 10-.");
  const path = join(confDir, name);
  const base = parse(path);
  const chain = name.endsWith(".conflist") ? base : { cniVersion: base["cniVersion"], name: base["name"], plugins: [base] };
  if (listOf(chain.plugins).length === 0 || typeof chain.name !== "string") throw usage(`${path} is no list of plugins with a name`, "It takes a configuration that the runtime works with.");
  return chain;
}

function parse(path: string): Fields & { readonly name?: unknown; readonly plugins?: unknown } {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch (thrown) {
    throw usage(`${path} cannot be read: ${messageOf(thrown)}`, "It takes a configuration that the runtime works with.");
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * Runtimes watch the folder, and take a moment. Where the verbose status shows the plugin, that is the sign. Where it shows nothing of
 * the network, the time has to do; `faultCni` tells by its calls whether the plugin was there.
 */
async function untilRead(client: CriClient, signal: AbortSignal, sought: { plugin: string; network: string; confDir: string }): Promise<void> {
  const until = performance.now() + readWithinMs;
  for (;;) {
    const { responses } = await client.call("Status", { verbose: true }, { signal, deadlineMs: readWithinMs });
    const info = JSON.stringify(responses[0]?.["info"] ?? {});
    if (info.includes(sought.plugin) && isNetworkReady(responses[0]?.["status"])) return;
    if (performance.now() > until) {
      if (info.includes(sought.network)) throw usage(`the runtime does not read ${sought.confDir}: its network has no faulty plugin`, "Name the folder that the runtime's own configuration names.");
      return;
    }
    await sleep(100, undefined, { signal });
  }
}

function isNetworkReady(status: unknown): boolean {
  const conditions = typeof status === "object" && status !== null && "conditions" in status ? listOf(status.conditions) : [];
  return conditions.some((item) => typeof item === "object" && item !== null && "type" in item && item.type === "NetworkReady" && "status" in item && item.status === true);
}

function usage(message: string, hint: string): HarnessError {
  return new HarnessError("USAGE", message, { hint });
}
