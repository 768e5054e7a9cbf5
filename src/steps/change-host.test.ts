import { execFileSync } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Message } from "../cri/message.ts";
import { changeHost } from "./change-host.ts";
import type { StepContext } from "./step.ts";

describe("changeHost", () => {
  let folder = "";
  const undos: (() => Promise<void>)[] = [];
  const path = (name: string): string => join(folder, name);
  const change = async (input: Message): Promise<unknown> => changeHost.run(input, context);
  const undoAll = async (): Promise<void> => {
    for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) await undo();
  };
  // The parts of a context that this verb uses.
  const context = { host: { sharesHost: true }, undo: (_label: string, action: () => Promise<void>) => undos.push(action), observe: () => undefined } as unknown as StepContext;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "criteria-change-"));
    writeFileSync(path("a"), "first");
  });
  afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

  it("takes back what it renamed, removed and wrote, and leaves nothing of its own", async () => {
    mkdirSync(path("dir"));
    writeFileSync(path("dir/in"), "inside");
    writeFileSync(path("b"), "second");
    await change({ rename: { from: path("a"), to: path("b") } });
    await change({ remove: path("dir") });
    await change({ write: { path: path("new"), text: "x" } });
    await change({ write: { path: path("b"), text: "over" } });
    expect(readFileSync(path("b"), "utf8")).to.equal("over");
    await undoAll();
    expect(readdirSync(folder).sort()).to.deep.equal(["a", "b", "dir"]);
    expect([path("a"), path("b"), path("dir/in")].map((file) => readFileSync(file, "utf8"))).to.deep.equal(["first", "second", "inside"]);
  });

  it("lets what a case put in the place of a removed file give way", async () => {
    await change({ remove: path("a") });
    writeFileSync(path("a"), "another");
    await undoAll();
    expect(readFileSync(path("a"), "utf8")).to.equal("first");
  });

  it("leaves a renamed file where it is when another one has come since", async () => {
    await change({ rename: { from: path("a"), to: path("a.1") } });
    writeFileSync(path("a"), "reopened");
    await undoAll();
    expect(readFileSync(path("a"), "utf8")).to.equal("reopened");
  });

  it("says which file is not there", async () => {
    const failure = await change({ remove: path("none") }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error).with.property("message").that.includes("none");
  });

  it("mounts again what it unmounted", async function unmounts() {
    if (process.geteuid?.() !== 0) this.skip();
    mkdirSync(path("mnt"));
    try {
      execFileSync("mount", ["-t", "tmpfs", "tmpfs", path("mnt")], { stdio: "ignore" });
    } catch {
      this.skip(); // a container without the right to mount
    }
    writeFileSync(path("mnt/in"), "inside");
    await change({ unmount: path("mnt") });
    expect(readdirSync(path("mnt"))).to.deep.equal([]);
    await undoAll();
    expect(readFileSync(path("mnt/in"), "utf8")).to.equal("inside");
    execFileSync("umount", [path("mnt")]);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.to.include(folder);
  });
});
