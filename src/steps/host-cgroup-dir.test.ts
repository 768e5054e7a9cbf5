import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { messageOf } from "../model/errors.ts";
import { cgroupDirectories, clearCgroup, forgetCgroup, makeCgroup } from "./host-cgroup-dir.ts";

describe("clearCgroup", () => {
  it("ends nothing in a cgroup of somebody else", async () => {
    expect(messageOf(await clearCgroup("/system.slice").catch((error: unknown) => error))).to.equal("/system.slice is not a cgroup of the harness");
  });
});

describe("forgetCgroup", () => {
  it("tells which processes still live below it, and removes it once they have ended", async function slow() {
    const name = `/criteria-test-${process.pid}`;
    // Only root may make cgroups, and in some containers not even root; .ci/run is root.
    const remove = await makeCgroup(`${name}/inner`).catch(() => this.skip());
    const directories = await cgroupDirectories(`${name}/inner`);
    const child = spawn("sleep", ["60"]);
    const ended = once(child, "exit");
    try {
      // A cpuset of version 1 takes nobody before it has cores.
      for (const directory of directories.filter((path) => !path.includes("/cpuset/"))) writeFileSync(join(directory, "cgroup.procs"), String(child.pid));
      expect(messageOf(await forgetCgroup(name).catch((error: unknown) => error))).to.equal(`it still holds the processes ${child.pid}`);
    } finally {
      child.kill("SIGKILL");
      await ended;
      await forgetCgroup(name);
    }
    expect(await cgroupDirectories(name)).to.deep.equal([]);
    await forgetCgroup(name);
    await remove();
  });
});
