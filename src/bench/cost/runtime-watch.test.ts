import { expect } from "chai";
import { describe, it } from "mocha";
import type { RuntimeSnapshot } from "../result.ts";
import { pssOf, useOf } from "./processes.ts";
import { isShim, leaksOf, perPod } from "./runtime-watch.ts";

const snapshot = (shims: number, fileDescriptors: number, mounts: number): RuntimeSnapshot => ({
  daemon: { rssBytes: 100, pssBytes: 90, threads: 10, fileDescriptors }, mounts,
  shims: { count: shims, rssBytes: 10 * shims, pssBytes: 8 * shims, threads: 11 * shims, fileDescriptors: 9 * shims },
});

describe("RuntimeWatch", () => {
  it("knows the shims of a daemon by its socket, and no other's", () => {
    const words = ["/usr/bin/containerd-shim-runc-v2", "-namespace", "k8s.io", "-id", "x", "-address", "/run/a.sock"];
    expect(isShim(words, "/run/a.sock", () => ["containerd"])).to.equal(true);
    expect(isShim(words, "/run/b.sock", () => ["containerd"])).to.equal(false);
    expect(isShim(["/usr/bin/conmon", "-c", "x"], "/run/crio.sock", () => ["/usr/bin/crio"])).to.equal(true);
    expect(isShim(["/probe", "pause"], "/run/a.sock", () => ["containerd"])).to.equal(false);
  });

  it("names what was more afterwards", () => {
    expect(leaksOf(snapshot(1, 20, 3), snapshot(1, 25, 3))).to.deep.equal([]);
    expect(leaksOf(snapshot(1, 20, 3), snapshot(2, 40, 5))).to.deep.equal(["shims: 1 before, 2 after", "mounts: 3 before, 5 after", "file descriptors of the daemon: 20 before, 40 after"]);
  });

  it("counts what a pod costs, daemon and shims together", () => {
    expect(perPod(snapshot(0, 20, 0), snapshot(10, 40, 0), 10)).to.deep.equal({ rssBytes: 10, pssBytes: 8, threads: 11, fileDescriptors: 11 });
  });

  it("reads this process as the kernel tells it", () => {
    const use = useOf(process.pid);
    expect(use?.rssBytes).to.be.closeTo(process.memoryUsage.rss(), 2 ** 24);
    expect(use?.threads).to.be.greaterThan(1);
    expect(pssOf(process.pid) ?? 1).to.be.greaterThan(0);
    expect(useOf(2 ** 22 + 1)).to.equal(undefined);
  });
});
