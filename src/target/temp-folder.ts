/** Temporary folders of this process, which say whose they are, so that those of a process that was killed can be told and removed. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, rmdirSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mountPoints, readIfThere, statOf } from "../kernel/files.ts";
import { messageOf } from "../model/errors.ts";

const ownerFile = ".owner";
const namePattern = /^criteria-/;
const cgroupRoot = "/sys/fs/cgroup";

/** Makes the folder, below the temporary one; a name that ends in `-` gets a random end. */
export function makeTempFolder(name: string): string {
  const path = name.endsWith("-") ? mkdtempSync(join(tmpdir(), name)) : join(tmpdir(), name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, ownerFile), `${process.pid} ${startOf(process.pid) ?? ""}`);
  return path;
}

/** Removes a folder that this process made, or does nothing where it is gone. A third of what `rmSync` costs on Node 20, which learns from an exception that a folder is not empty. */
export function forgetTempFolder(path: string): void {
  try {
    emptyFolder(path);
  } catch {
    // The runtime may have written, or removed, something meanwhile: this one looks again, and throws what stays in the way.
    rmSync(path, { recursive: true, force: true });
  }
}

function emptyFolder(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) emptyFolder(inside);
    else unlinkSync(inside);
  }
  rmdirSync(path);
}

/** Folders whose process is gone, or the one of this name only. */
export function deadTempFolders(only?: string): string[] {
  return readdirSync(tmpdir())
    .filter((name) => namePattern.test(name) && (only === undefined || name === only))
    .map((name) => join(tmpdir(), name))
    .filter((path) => {
      const [pid, start] = (readIfThere(join(path, ownerFile)) ?? "").split(" ");
      return pid !== undefined && pid !== "" && startOf(Number(pid)) !== (start === "" ? undefined : start);
    });
}

/** Removes a folder with the mounts in it and the cgroups that cases with log folders in it had made. Gives what went wrong. */
export function removeTempFolder(path: string): string | undefined {
  try {
    for (const mount of mountsBelow(path)) execFileSync("umount", ["-l", mount], { stdio: "ignore" });
    for (const name of readdirSync(path)) removeCgroups(name);
    rmSync(path, { recursive: true, force: true });
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/** Start time of a process in ticks: an id may come again. Without /proc, nothing is known. */
function startOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

/** Deepest first. */
function mountsBelow(path: string): string[] {
  return mountPoints().filter((mount) => mount.startsWith(`${path}/`)).sort().reverse();
}

/** Cgroups are named after the namespace of the case, as its log folder is. One with processes stays. */
function removeCgroups(namespace: string): void {
  if (!/^criteria-[0-9a-f]{12}$/.test(namespace) || !existsSync(cgroupRoot)) return;
  for (const hierarchy of [cgroupRoot, ...readdirSync(cgroupRoot).map((name) => join(cgroupRoot, name))]) {
    for (const name of foldersIn(hierarchy).filter((one) => one.startsWith(namespace))) removeEmpty(join(hierarchy, name));
  }
}

function removeEmpty(path: string): void {
  for (const name of foldersIn(path)) removeEmpty(join(path, name));
  try {
    rmdirSync(path);
  } catch {
    // Somebody is in it still.
  }
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return []; // a file, or gone meanwhile
  }
}
