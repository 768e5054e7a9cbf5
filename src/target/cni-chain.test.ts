import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { chainFaultPlugin, faultChains } from "./cni-chain.ts";

describe("the faulty network plugin in the chain", () => {
  let root = "";
  let places = { confDir: "", binDir: "" };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "criteria-chain-test-"));
    places = { confDir: join(root, "conf"), binDir: join(root, "bin") };
    mkdirSync(places.confDir);
    mkdirSync(places.binDir);
    writeFileSync(join(places.confDir, "10-net.conflist"), JSON.stringify({ cniVersion: "0.4.0", name: "net", plugins: [{ type: "bridge" }] }));
  });
  afterEach(() => { rmSync(root, { recursive: true }); });

  it("stands behind the others, before every other configuration, until it is closed", () => {
    const chain = chainFaultPlugin(places, Buffer.from("program"), "ab");
    const [first = ""] = readdirSync(places.confDir).sort();
    const list: unknown = JSON.parse(readFileSync(join(places.confDir, first), "utf8"));
    expect(list).to.deep.equal({ cniVersion: "0.4.0", name: "net", plugins: [{ type: "bridge" }, { type: "criteria-fault-ab", control: chain.controlDir }] });
    expect(readFileSync(join(places.binDir, "criteria-fault-ab"), "utf8")).to.equal("program");
    chain.close();
    expect(readdirSync(places.confDir)).to.deep.equal(["10-net.conflist"]);
    expect(readdirSync(places.binDir)).to.deep.equal([]);
    expect(existsSync(chain.controlDir)).to.equal(false);
  });

  it("makes a chain of a single plugin's configuration", () => {
    rmSync(join(places.confDir, "10-net.conflist"));
    writeFileSync(join(places.confDir, "10-net.conf"), JSON.stringify({ cniVersion: "0.4.0", name: "net", type: "bridge" }));
    const chain = chainFaultPlugin(places, Buffer.from("program"), "ab");
    const list: unknown = JSON.parse(readFileSync(join(places.confDir, "0-criteria-ab.conflist"), "utf8"));
    chain.close();
    expect(list).to.have.nested.property("plugins[0].type", "bridge");
    expect(list).to.have.nested.property("plugins[1].type", "criteria-fault-ab");
  });

  it("refuses a second run, and tells what a killed run left", () => {
    const killed = chainFaultPlugin(places, Buffer.from("program"), "ab");
    expect(() => chainFaultPlugin(places, Buffer.from("program"), "cd")).to.throw("belongs to another run");
    expect(faultChains(places)).to.have.members([join(places.confDir, "0-criteria-ab.conflist"), join(places.binDir, "criteria-fault-ab"), killed.controlDir]);
    for (const path of faultChains(places)) rmSync(path, { recursive: true });
    chainFaultPlugin(places, Buffer.from("program"), "cd").close();
  });

  it("gives back the network of a PodSandbox that is gone and whose DEL had failed", () => {
    const record = join(root, "record");
    writeFileSync(join(places.binDir, "bridge"), `#!/bin/sh\ncat > /dev/null\necho "$CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME" >> ${record}\n`, { mode: 0o755 });
    const chain = chainFaultPlugin(places, Buffer.from("program"), "ab");
    const called = (container: string, command: string, fault: string): string => `${JSON.stringify({ command, container, netns: join(root, "gone"), ifname: "eth0", fault })}\n`;
    writeFileSync(join(chain.controlDir, "calls.ndjson"), [called("kept", "ADD", "none"), called("kept", "DEL", "none"), called("lost", "ADD", "fail"), called("lost", "DEL", "fail")].join(""));
    expect(chain.close()).to.deep.equal([]);
    expect(readFileSync(record, "utf8")).to.equal("DEL lost eth0\n");
  });

  it("wants a configuration that works", () => {
    rmSync(join(places.confDir, "10-net.conflist"));
    expect(() => chainFaultPlugin(places, Buffer.from(""), "ab")).to.throw("no network configuration");
    writeFileSync(join(places.confDir, "10-net.conflist"), "{");
    expect(() => chainFaultPlugin(places, Buffer.from(""), "ab")).to.throw("cannot be read");
  });
});
