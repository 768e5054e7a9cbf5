/** A process in a cgroup made for it, for tests. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "mocha";
import { cgroupDirectories, makeCgroup } from "../host-cgroup-dir.ts";

/** What the kernel says where only root may make cgroups, and in containers where not even root may; `.ci/run` is root. */
const forbidden: readonly unknown[] = ["EACCES", "EPERM", "EROFS", "ENOENT"];

export interface ProcessInCgroup {
  readonly pid: number;
  /** Ends the process, if it still lives; the cgroup stays. */
  end(): Promise<void>;
  /** What `makeCgroup` gave. */
  remove(): Promise<void>;
}

/** Makes the cgroup and starts a process in it; skips the test where this user can make none. */
export async function processInCgroup(test: Context, path: string): Promise<ProcessInCgroup> {
  const remove = await makeCgroup(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && forbidden.includes(error.code)) test.skip();
    throw error;
  });
  const child = spawn("sleep", ["60"]);
  const ended = once(child, "exit");
  const end = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  const { pid } = child;
  if (pid === undefined) throw new Error("sleep could not be started");
  try {
    // A cpuset of version 1 takes nobody before it has cores.
    for (const directory of (await cgroupDirectories(path)).filter((found) => !found.includes("/cpuset/"))) writeFileSync(join(directory, "cgroup.procs"), String(pid));
  } catch (error) {
    await end();
    throw error;
  }
  return { pid, end, remove };
}
