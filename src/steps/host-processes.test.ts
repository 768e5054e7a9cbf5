import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { namesIn, readIfThere } from "../kernel/files.ts";
import { capabilityCount, daemonFolders, describeProcess, eldestOf, listenerOf, namespacesOf, processesOf, shimProcesses } from "./host-processes.ts";

const nobody = 2 ** 22 + 1;

describe("processes of the host", function processes() {
  let folder = "";
  before(function linux() {
    if (process.platform !== "linux") this.skip(); // there is no /proc to look at
    folder = mkdtempSync(join(tmpdir(), "criteria-processes-"));
  });
  after(() => { if (folder !== "") rmSync(folder, { recursive: true, force: true }); });

  it("are described while they live", () => {
    const own = describeProcess(process.pid);
    expect(own).to.include({ pid: BigInt(process.pid), parent: BigInt(process.ppid), uid: BigInt(process.geteuid?.() ?? 0) });
    expect(own?.command).to.contain("mocha");
    expect(own?.rss).to.satisfy((bytes: bigint) => bytes > 1024n * 1024n);
    expect(describeProcess(nobody)).to.equal(undefined);
  });
  it("have namespaces, and nothing once they are gone", () => {
    expect(namespacesOf(process.pid)).to.include.keys("mnt", "net", "pid", "user");
    expect(namespacesOf(nobody)).to.deep.equal({});
    expect(capabilityCount(nobody)).to.equal(0n);
    expect(readIfThere(`/proc/${nobody}/status`)).to.equal(undefined);
    expect(namesIn(`/proc/${nobody}`)).to.deep.equal([]);
  });
  it("are found by the socket that they listen on, and by their cgroup", async () => {
    const path = join(folder, "s.sock");
    expect(await listenerOf(path)).to.equal(undefined);
    const server = createServer();
    await new Promise<void>((resolve) => { server.listen(path, resolve); });
    try {
      expect(await listenerOf(path)).to.equal(process.pid);
      symlinkSync(folder, `${folder}-link`);
      expect(await listenerOf(`${folder}-link/s.sock`), "through a symbolic link").to.equal(process.pid);
      expect(await daemonFolders(`${folder}-link/s.sock`)).to.include.members([`${folder}-link/`, `${folder}/`]);
    } finally {
      rmSync(`${folder}-link`, { force: true });
      await new Promise((resolve) => { server.close(resolve); });
    }
    const group = /^\d+:[^:]*:(\/.+)$/m.exec(readIfThere("/proc/self/cgroup") ?? "")?.[1];
    if (group !== undefined) expect(await processesOf(group)).to.include(process.pid);
    expect(await processesOf("no-such-container")).to.deep.equal([]);
  });
  it("are the daemon rather than a child that it has just forked, or the one that handed the socket to it", () => {
    const parents: Readonly<Record<number, number>> = { 12: 400, 400: 1 };
    const holders: readonly number[] = [1, 12, 400];
    const eldest = (pid: number): number => eldestOf(pid, (one) => holders.includes(one), (one) => parents[one] ?? 0);
    expect([12, 400].map(eldest)).to.deep.equal([400, 400]);
  });
  it("are shims by their name, and ours by their command line", async () => {
    const program = join(folder, "containerd-shim-of-a-test");
    symlinkSync(process.execPath, program);
    const shim = spawn(program, ["-e", "setTimeout(() => {}, 60_000)"], { stdio: "ignore" });
    try {
      await once(shim, "spawn");
      expect(await shimProcesses((line) => line.includes(folder))).to.deep.equal([`${shim.pid} containerd-shim-of-a-test`]);
      expect(await shimProcesses(() => false)).to.deep.equal([]);
    } finally {
      shim.kill("SIGKILL");
    }
  });
});
