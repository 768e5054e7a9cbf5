import { expect } from "chai";
import { describe, it } from "mocha";
import { messageOf } from "../model/errors.ts";
import { cgroupDirectories, clearCgroup, forgetCgroup } from "./host-cgroup-dir.ts";
import { processInCgroup } from "./testing/process-in-cgroup.ts";

describe("clearCgroup", () => {
  it("ends nothing in a cgroup of somebody else", async () => {
    expect(messageOf(await clearCgroup("/system.slice").catch((error: unknown) => error))).to.equal("/system.slice is not a cgroup of the harness");
  });
});

describe("forgetCgroup", () => {
  it("tells which processes still live below it, and removes it once they have ended", async function slow() {
    const name = `/criteria-test-${process.pid}`;
    const { pid, end, remove } = await processInCgroup(this, `${name}/inner`);
    try {
      expect(messageOf(await forgetCgroup(name).catch((error: unknown) => error))).to.equal(`it still holds the processes ${pid}`);
    } finally {
      await end();
      await forgetCgroup(name);
    }
    expect(await cgroupDirectories(name)).to.deep.equal([]);
    await forgetCgroup(name);
    await remove();
  });
});
