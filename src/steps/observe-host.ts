/** `observeHost`: facts from outside the runtime. Only where the harness shares the runtime's host. */
import { readdir, readFile, stat } from "node:fs/promises";
import { ask } from "../cri/ask.ts";
import type { Message } from "../cri/message.ts";
import { mountPoints, namesIn } from "../kernel/files.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { cgroupOf } from "./host-cgroup.ts";
import { addressesOf, peersOf } from "./host-network.ts";
import { capabilityCount, daemonFolders, describeProcess, listenerOf, namespacesOf, orphanNetworks, processesOf, shimProcesses } from "./host-processes.ts";
import { listOf, stringOf } from "./input.ts";
import { worked } from "./outcome.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";

/** Of larger files only the size is told. */
const shownBytes = 64n * 1024n;

function cannot(message: string): HarnessError {
  return new HarnessError("HARNESS_FAULT", message, { hint: "Run the harness as root on the runtime's host." });
}

/** The process that a runtime names in the verbose status of a container, for cgroups that do not carry the id. */
async function pidFromStatus(id: string, context: StepContext): Promise<number[]> {
  const { response } = await ask(context.client, "ContainerStatus", { container_id: id, verbose: true }, { signal: context.signal });
  const pid = /"pid"\s*:\s*(\d+)/.exec(response?.info?.["info"] ?? "")?.[1];
  return pid === undefined || pid === "0" ? [] : [Number(pid)];
}

async function pidsOfContainer(id: string, context: StepContext): Promise<number[]> {
  const byCgroup = await processesOf(id);
  return byCgroup.length > 0 ? byCgroup : pidFromStatus(id, context);
}

async function observeContainer(id: string, context: StepContext): Promise<unknown> {
  const pids = await pidsOfContainer(id, context);
  const processes = pids.map(describeProcess).filter((found) => found !== undefined);
  const first = processes[0] === undefined ? undefined : Number(processes[0].pid);
  const cgroup = first === undefined ? undefined : cgroupOf(first);
  return {
    processes,
    namespaces: first === undefined ? {} : namespacesOf(first),
    ...(cgroup === undefined ? {} : { cgroup }),
  };
}

async function observePath(path: string): Promise<unknown> {
  try {
    const found = await stat(path, { bigint: true });
    const text = found.isFile() && found.size <= shownBytes ? { text: await readFile(path, "utf8") } : {};
    const inside = found.isDirectory() ? await entriesOf(path) : {};
    return { exists: true, size: found.size, mode: found.mode & 0o7777n, uid: found.uid, gid: found.gid, ...text, ...inside };
  } catch (error) {
    if (/ENOENT|ENOTDIR/.test(messageOf(error))) {
      return { exists: false };
    }
    throw cannot(`cannot look at ${path}: ${messageOf(error)}`);
  }
}

/** What a directory holds; device nodes once more by themselves. */
async function entriesOf(path: string): Promise<{ names: string[]; devices: string[] }> {
  const entries = (await readdir(path, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { names: entries.map((entry) => entry.name), devices: entries.filter((entry) => entry.isCharacterDevice() || entry.isBlockDevice()).map((entry) => entry.name) };
}

/** Other runtimes may live on this host: only what lies below the folders of the one under test is told, where they are known. */
async function observeInventory(context: StepContext): Promise<unknown> {
  const folders = await daemonFolders(context.host.runtimeSocket);
  const own = (text: string): boolean => folders.length === 0 || folders.some((folder) => text.includes(folder));
  return {
    mounts: mountPoints().filter(own).sort(), netns: namesIn("/run/netns").sort(), orphans: await orphanNetworks("/run/netns"),
    interfaces: namesIn("/sys/class/net").sort(), shims: await shimProcesses(own),
  };
}

async function observeDaemon(context: StepContext): Promise<unknown> {
  const socket = context.host.runtimeSocket;
  const pid = socket === undefined ? undefined : await listenerOf(socket);
  const daemon = pid === undefined ? undefined : describeProcess(pid);
  if (pid === undefined || daemon === undefined) {
    throw cannot(`no process was found behind ${socket ?? "the endpoint"}`);
  }
  const fds = namesIn(`/proc/${pid}/fd`);
  return { pid: daemon.pid, rss: daemon.rss, fds: BigInt(fds.length), threads: daemon.threads, namespaces: namespacesOf(pid), capabilities: capabilityCount(pid) };
}

function aliveOf(input: Message): unknown {
  const found = listOf(input, "processes").map((pid) => describeProcess(Number(pid)));
  return { alive: found.filter((one) => one !== undefined).map((one) => one.pid) };
}

/** A process of a running container of the pod: not every runtime keeps one for the pod itself (CRI-O does only where containers share its processes). */
async function pidInPod(pod: string, context: StepContext): Promise<number | undefined> {
  const { response } = await ask(context.client, "ListContainers", { filter: { pod_sandbox_id: pod, state: { state: "CONTAINER_RUNNING" } } }, { signal: context.signal });
  for (const { id = "" } of response?.containers ?? []) {
    const [pid] = await pidsOfContainer(id, context);
    if (pid !== undefined) return pid;
  }
  return undefined;
}

async function networkOf(pod: string, context: StepContext): Promise<unknown> {
  const pid = (await processesOf(pod))[0] ?? (await pidInPod(pod, context));
  if (pid === undefined) {
    throw cannot(`no process of pod ${pod} was found, nor of a container that runs in it`);
  }
  return { addresses: addressesOf(pid), peers: await peersOf(pid) };
}

async function observe(input: Message, context: StepContext): Promise<unknown> {
  if (!context.host.sharesHost) {
    throw cannot("the harness does not share the runtime's host");
  }
  if ("processes" in input) {
    return aliveOf(input);
  }
  if ("path" in input) {
    return observePath(stringOf(input, "path"));
  }
  if ("network" in input) {
    return networkOf(stringOf(input, "network", context.podId), context);
  }
  if ("inventory" in input) {
    return observeInventory(context);
  }
  return "daemon" in input ? observeDaemon(context) : observeContainer(stringOf(input, "container", context.containerId), context);
}

async function run(input: Message, context: StepContext): Promise<StepOutcome> {
  return worked("observeHost", input, context, async () => ({ result: await observe(input, context) }));
}

export const observeHost: Verb = {
  schema: {
    name: "observeHost",
    about: "Looks at the runtime's host: processes, paths, addresses, what is left over.",
    input: {
      container: { type: "string", about: "container id: its processes, namespaces, cgroup" },
      processes: { type: "list<int>", about: "process ids: which are alive" },
      path: { type: "string", about: "a host path" },
      network: { type: "string", about: "pod id: addresses in its network namespace" },
      inventory: { type: "bool", about: "what the host holds" },
      daemon: { type: "bool", about: "the process behind the runtime's socket" },
    },
    oneOf: ["container", "processes", "path", "network", "inventory", "daemon"],
    result: {
      processes: { type: "list<map<string, dyn>>", about: "pid, parent, uid, gid, command, state, threads, rss, oom_score_adj" },
      namespaces: { type: "map<string, int>", about: "kind to inode; those of the daemon are the node's" },
      cgroup: { type: "map<string, dyn>", about: "version, path, cpu, memory" },
      alive: { type: "list<int>", about: "the process ids that are alive" },
      exists: { type: "bool", about: "whether the path is there" },
      size: { type: "int", about: "bytes" },
      mode: { type: "int", about: "permission bits" },
      text: { type: "string", about: "content of a file of at most 64 KiB, as UTF-8" },
      uid: { type: "int", about: "owner of the path" },
      gid: { type: "int", about: "group of the path" },
      names: { type: "list<string>", about: "what a directory holds" },
      devices: { type: "list<string>", about: "the device nodes in it" },
      addresses: { type: "list<string>", about: "IP addresses" },
      peers: { type: "list<map<string, dyn>>", about: "the ends on the host of the pod's interfaces: name, rates (bits a second, of each token bucket on it), redirected (of those that it redirects to)" },
      mounts: { type: "list<string>", about: "mount points below the runtime's folders" },
      netns: { type: "list<string>", about: "named network namespaces" },
      orphans: { type: "list<string>", about: "those in which no process lives" },
      interfaces: { type: "list<string>", about: "network interfaces" },
      shims: { type: "list<string>", about: "processes that runtimes keep beside containers" },
      pid: { type: "int", about: "of the daemon" },
      rss: { type: "int", about: "bytes" },
      fds: { type: "int", about: "open files" },
      threads: { type: "int", about: "threads" },
      capabilities: { type: "int", about: "how many the daemon is permitted" },
    },
    rpcs: [],
    needs: ["shares-host"],
    demandsAlone: ["inventory"],
  },
  run,
};
