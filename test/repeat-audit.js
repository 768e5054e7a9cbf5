// What test/repeat.js compares before and after a run: the runtime's objects, and what of the host can be told to be this
// runtime's. Other runtimes may work on the same host meanwhile, so what nothing ties to this one must be new, unused and lasting.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** How long a runtime may take to collect what is gone already. */
const settleMs = 30_000;
const lists = [["ListPodSandbox", "items"], ["ListContainers", "containers"], ["ListImages", "images"]];
/** Folders of a private containerd (start-containerd.sh) that hold something for each object. */
const runtimeFolders = ["ipam", "state", "root/io.containerd.grpc.v1.cri"];

async function objects(program, endpoint) {
  const found = [];
  for (const [rpc, key] of lists) {
    const { stdout } = await run(process.execPath, [program, "call", rpc, "{}", "--runtime-endpoint", endpoint], { maxBuffer: 64 << 20 });
    for (const item of JSON.parse(stdout)[key] ?? []) {
      found.push(`${rpc}: ${item.id} ${item.metadata?.name ?? ""}${(item.repo_tags ?? []).join(" ")}`);
      // A reference that stays on an image that was there before is left too.
      for (const ref of [...(item.repo_tags ?? []), ...(item.repo_digests ?? [])]) found.push(`reference: ${ref}`);
    }
  }
  return found;
}

function names(path) {
  try {
    return readdirSync(path);
  } catch {
    return []; // gone meanwhile, or not on this host
  }
}

function text(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function below(path, depth = 12) {
  return names(path).flatMap((name) => {
    const inner = join(path, name);
    let isFolder = false;
    try {
      isFolder = statSync(inner).isDirectory();
    } catch {
      return [`file: ${inner}`];
    }
    return [`file: ${inner}`, ...(isFolder && depth > 0 ? below(inner, depth - 1) : [])];
  });
}

const inode = (path) => { try { return statSync(path).ino; } catch { return undefined; } };
const pids = () => names("/proc").filter((name) => /^\d+$/.test(name));

/** Named network namespaces in which no process lives. */
function unusedNetworks() {
  const used = new Set(pids().map((pid) => inode(`/proc/${pid}/ns/net`)));
  return ["/run/netns", "/var/run/netns"].filter((path, index) => index === 0 || inode(path) !== inode("/run/netns"))
    .flatMap((folder) => names(folder).map((name) => join(folder, name)).filter((path) => !used.has(inode(path))).map((path) => `network namespace: ${path}`));
}

/** Shims and containers of the runtime in this folder. */
function processesOf(folder, socket) {
  return pids().flatMap((pid) => {
    const command = text(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
    if (command.includes(`-address ${socket} `)) return [`shim: ${pid}`];
    let exe = "";
    try {
      exe = readlinkSync(`/proc/${pid}/exe`);
    } catch {
      return [];
    }
    return exe === "/probe" && text(`/proc/${pid}/mountinfo`).includes(`${folder}/`) ? [`process: ${pid} ${command}`] : [];
  });
}

/** Control groups without a process in them or below. */
function emptyGroups(path = "/sys/fs/cgroup", depth = 6) {
  return names(path).flatMap((name) => {
    const inner = join(path, name);
    if (depth === 0 || !existsSync(join(inner, "cgroup.procs"))) return depth === 6 && !name.includes(".") ? emptyGroups(inner, depth - 1) : [];
    const deeper = emptyGroups(inner, depth - 1);
    return text(join(inner, "cgroup.procs")) === "" ? [`cgroup: ${inner}`, ...deeper] : deeper;
  });
}

/** Cached results of network plugins for the networks of this runtime. */
function networkResults(folder) {
  const networks = names(join(folder, "cni")).map((name) => /"name":\s*"([^"]+)"/.exec(text(join(folder, "cni", name)))?.[1]).filter(Boolean);
  return names("/var/lib/cni/results").filter((name) => networks.some((network) => name.startsWith(`${network}-`))).map((name) => `network result: ${name}`);
}

/** Everything there is now. Without an endpoint (the embedded runtime, which ends with the run) only the host is looked at. */
export async function look({ program, endpoint, watch, temp }) {
  const socket = endpoint?.startsWith("unix://") ? endpoint.slice("unix://".length) : endpoint?.startsWith("/") ? endpoint : undefined;
  const folder = socket === undefined ? undefined : dirname(socket);
  // A runtime of the host itself has its socket in /run, beside everybody's: then only --watch names folders.
  const isPrivate = folder !== undefined && existsSync(join(folder, "env"));
  const folders = [temp, ...watch, ...(isPrivate ? [folder] : [])];
  const mounts = text("/proc/self/mountinfo").split("\n").map((line) => line.split(" ")[4] ?? "");
  return new Set([
    ...(endpoint === undefined ? [] : await objects(program, endpoint)),
    ...mounts.filter((path) => folders.some((one) => path === one || path.startsWith(`${one}/`))).map((path) => `mount: ${path}`),
    ...[temp, ...watch, ...(isPrivate ? runtimeFolders.map((name) => join(folder, name)) : [])].flatMap((path) => below(path)),
    ...unusedNetworks(), ...emptyGroups(),
    ...(folder === undefined ? [] : processesOf(folder, socket)),
    ...(isPrivate ? networkResults(folder) : []),
  ]);
}

/** What is new since `before` and stays, in words. */
export async function leftBetween(before, lookAgain) {
  const until = performance.now() + settleMs;
  let left;
  for (;;) {
    const now = await lookAgain();
    const fresh = [...now].filter((item) => !before.has(item));
    // Only what every look has seen: others' things come and go.
    left = left === undefined ? fresh : left.filter((item) => fresh.includes(item));
    if (left.length === 0 || performance.now() > until) return [...outermost(left), ...[...before].filter((item) => isLoss(item) && !now.has(item)).map((item) => `gone: ${item}`)];
    await new Promise((done) => setTimeout(done, 1000));
  }
}

/** A folder that is left speaks for what is in it. */
function outermost(items) {
  const all = new Set(items);
  return items.filter((item) => !item.startsWith("file: ") || !all.has(dirname(item)));
}

/** What was there before must still be: the objects of the runtime, whoever made them. */
function isLoss(item) {
  return /^(List|reference|mount)/.test(item);
}
