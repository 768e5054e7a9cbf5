import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { messageOf } from "../model/errors.ts";
import { forgetCgroup } from "./host-cgroup-dir.ts";

/** One hierarchy of this host, if cgroups can be made in it. */
function writableHierarchy(): string | undefined {
  const root = "/sys/fs/cgroup";
  try {
    const path = existsSync(join(root, "cgroup.controllers")) ? root : join(root, readdirSync(root).includes("pids") ? "pids" : "");
    accessSync(join(path, "cgroup.procs"), constants.W_OK);
    return path;
  } catch {
    return undefined;
  }
}

describe("forgetCgroup", () => {
  const hierarchy = writableHierarchy();

  it("tells which processes still live below it, and removes it once they have ended", async function slow() {
    if (hierarchy === undefined) this.skip();
    const name = `/criteria-test-${process.pid}`;
    const inner = join(hierarchy, name, "inner");
    mkdirSync(inner, { recursive: true });
    const child = spawn("sleep", ["60"]);
    const ended = once(child, "exit");
    try {
      writeFileSync(join(inner, "cgroup.procs"), String(child.pid));
      expect(messageOf(await forgetCgroup(name).catch((error: unknown) => error))).to.equal(`it still holds the processes ${child.pid}`);
    } finally {
      child.kill("SIGKILL");
      await ended;
      await forgetCgroup(name);
    }
    expect(existsSync(join(hierarchy, name))).to.equal(false);
    await forgetCgroup(name);
  });
});
