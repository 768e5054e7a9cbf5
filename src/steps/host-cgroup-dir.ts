/** Cgroups of the harness, such as the one of a pod that a kubelet would have made. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HarnessError, messageOf } from "../model/errors.ts";
import { pause } from "./wait.ts";

const root = "/sys/fs/cgroup";
const tries = 20;
const undoMs = 30_000;
const betweenMs = 100;
const endMs = 3_000;

/** The mount points of all hierarchies: one with version 2, one a controller with version 1. */
async function hierarchies(): Promise<string[]> {
  if (existsSync(join(root, "cgroup.controllers"))) {
    return [root];
  }
  const names = await readdir(root);
  return names.map((name) => join(root, name)).filter((path) => existsSync(join(path, "cgroup.procs")));
}

/** Where the cgroup is, one directory a hierarchy; none where there is no such cgroup. */
export async function cgroupDirectories(path: string): Promise<string[]> {
  return (await hierarchies()).map((hierarchy) => join(hierarchy, path)).filter((directory) => existsSync(directory));
}

/** Makes the cgroup in every hierarchy, and gives what takes it back. */
export async function makeCgroup(path: string): Promise<() => Promise<void>> {
  const names = path.split("/").filter((name) => name !== "");
  if (names.length === 0 || names.some((name) => name === "..")) {
    throw new HarnessError("SUITE_INVALID", `no cgroup can be made at ${JSON.stringify(path)}`, { hint: "Write a path such as /name.slice/name-part.slice." });
  }
  const made: string[] = [];
  for (const hierarchy of await hierarchies()) {
    for (const directory of names.map((_name, index) => join(hierarchy, ...names.slice(0, index + 1)))) {
      if (!existsSync(directory)) {
        await mkdir(directory);
        made.push(directory);
      }
    }
  }
  return async () => {
    const signal = AbortSignal.timeout(undoMs);
    for (const directory of made.reverse()) {
      await removeTree(directory, signal);
    }
  };
}

/** Whether a cgroup was named for the harness: nobody else's would be called so. */
export function isOwnCgroup(path: string): boolean {
  return /^\/criteria-/.test(path) && !path.includes("..");
}

/** Removes a cgroup of the harness that a runtime made for a PodSandbox and left. Throws where processes that it should have ended are still in it after 3 s. */
export async function forgetCgroup(path: string): Promise<void> {
  const signal = AbortSignal.timeout(undoMs);
  const directories = await cgroupDirectories(path);
  for (const until = Date.now() + endMs; ; await pause(betweenMs, signal)) {
    const alive = new Set(directories.flatMap(processesBelow));
    if (alive.size === 0) break;
    if (Date.now() > until) throw new Error(`it still holds the processes ${[...alive].join(", ")}`);
  }
  for (const directory of directories) {
    await removeTree(directory, signal).catch((error: unknown) => {
      if (!messageOf(error).includes("ENOENT")) throw error;
    });
  }
}

/** Ends what still lives in a cgroup of the harness, and removes it: what a runtime has forgotten nobody else would end. */
export async function clearCgroup(path: string): Promise<void> {
  if (!isOwnCgroup(path)) {
    throw new HarnessError("HARNESS_FAULT", `${path} is not a cgroup of the harness`, { hint: "Please report this." });
  }
  for (const id of new Set((await cgroupDirectories(path)).flatMap(processesBelow).map(Number))) {
    // With version 2 a process of another PID namespace shows as 0, which to kill(2) is the harness and all beside it.
    if (id === 0) continue;
    try {
      process.kill(id, "SIGKILL");
    } catch (error) {
      if (!messageOf(error).includes("ESRCH")) throw error;
    }
  }
  await forgetCgroup(path);
}

/** Ids of the processes in a cgroup and those below it; none where there is no such cgroup, or no longer. */
function processesBelow(directory: string): string[] {
  try {
    const own = readFileSync(join(directory, "cgroup.procs"), "utf8").split("\n").filter((line) => line !== "");
    return [...own, ...readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap((entry) => processesBelow(join(directory, entry.name)))];
  } catch (error) {
    if (/ENOENT|ENODEV/.test(messageOf(error))) return [];
    throw error;
  }
}

/** Limits the memory of a cgroup and all below it. */
export async function limitMemory(path: string, bytes: number): Promise<void> {
  if (!existsSync(join(root, "cgroup.controllers"))) {
    return writeFile(join(root, "memory", path, "memory.limit_in_bytes"), String(bytes));
  }
  // With version 2 a controller is switched on from the root downwards.
  const names = path.split("/").filter((name) => name !== "");
  for (const directory of names.map((_name, index) => join(root, ...names.slice(0, index)))) {
    await writeFile(join(directory, "cgroup.subtree_control"), "+memory");
  }
  return writeFile(join(root, path, "memory.max"), String(bytes));
}

/** Deepest first. Processes that are ending hold their cgroup a moment longer. */
async function removeTree(directory: string, signal: AbortSignal): Promise<void> {
  if (!existsSync(directory)) {
    return;
  }
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      await removeTree(join(directory, entry.name), signal);
    }
  }
  for (let left = tries; ; left--) {
    try {
      return await rmdir(directory);
    } catch (error) {
      if (left === 0) {
        throw error;
      }
      await pause(betweenMs, signal);
    }
  }
}
