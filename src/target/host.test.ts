import { tmpdir } from "node:os";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parseEndpoint } from "../cri/endpoint.ts";
import { effectiveCapabilities, ownAddress, readHost, sharesHost } from "./host.ts";

describe("effectiveCapabilities", () => {
  it("names the bits of CapEff, and numbers those of newer kernels", () => {
    expect(effectiveCapabilities("CapPrm:\tffffffffffffffff\nCapEff:\t0000000001200001\n")).to.deep.equal(["CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_SYS_RESOURCE"].sort());
    expect(effectiveCapabilities("CapEff:\t0000050000000000\n")).to.deep.equal(["CAP_CHECKPOINT_RESTORE", "CAP_42"]);
  });
  it("finds none where the system tells none", () => {
    expect(effectiveCapabilities("")).to.deep.equal([]);
  });
});

describe("readHost", () => {
  it("tells the cgroup version as CEL counts, and the architecture as images do", () => {
    const { cgroup_version: version, arch } = readHost();
    expect([0n, 1n, 2n]).to.include(version);
    expect(arch).to.not.equal("x64");
  });
});

describe("ownAddress", () => {
  const item = (family: "IPv4" | "IPv6", address: string, internal: boolean) => ({ family, address, internal, netmask: "", mac: "", cidr: null, scopeid: 0 }) as const;
  const lo = [item("IPv4", "127.0.0.1", true), item("IPv6", "::1", true)];

  it("is the first of IPv4 that is no loopback's", () => {
    expect(ownAddress({ lo, eth0: [item("IPv6", "fe80::1", false), item("IPv4", "192.0.2.7", false)], eth1: [item("IPv4", "198.51.100.7", false)] })).to.equal("192.0.2.7");
  });
  it("is the loopback's where there is no other", () => {
    expect(ownAddress({ lo, eth0: [item("IPv6", "fe80::1", false)] })).to.equal("127.0.0.1");
  });
});

describe("sharesHost", () => {
  it("is false for an address, a folder and a socket that is not here", () => {
    for (const endpoint of ["tcp://127.0.0.1:1", `unix://${tmpdir()}`, "unix:///nonexistent/criteria.sock"]) {
      expect(sharesHost(parseEndpoint(endpoint)), endpoint).to.equal(false);
    }
  });
});
