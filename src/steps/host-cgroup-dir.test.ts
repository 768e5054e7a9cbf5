import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { messageOf } from "../model/errors.ts";
import { forgetCgroup, makeCgroup } from "./host-cgroup-dir.ts";

const root = "/sys/fs/cgroup";

/** Where the cgroup is in one hierarchy: with version 1 there are many. */
function directoryOf(path: string): string {
  const hierarchy = ["", ...readdirSync(root)].find((name) => existsSync(join(root, name, path)));
  if (hierarchy === undefined) throw new Error(`${path} is in no hierarchy`);
  return join(root, hierarchy, path);
}

describe("forgetCgroup", () => {
  it("tells which processes still live below it, and removes it once they have ended", async function slow() {
    const name = `/criteria-test-${process.pid}`;
    // Only root may make cgroups, and in some containers not even root; .ci/run is root.
    const remove = await makeCgroup(`${name}/inner`).catch(() => this.skip());
    const directory = directoryOf(name);
    const child = spawn("sleep", ["60"]);
    const ended = once(child, "exit");
    try {
      writeFileSync(join(directory, "inner", "cgroup.procs"), String(child.pid));
      expect(messageOf(await forgetCgroup(name).catch((error: unknown) => error))).to.equal(`it still holds the processes ${child.pid}`);
    } finally {
      child.kill("SIGKILL");
      await ended;
      await forgetCgroup(name);
    }
    expect(existsSync(directory)).to.equal(false);
    await forgetCgroup(name);
    await remove();
  });
});
