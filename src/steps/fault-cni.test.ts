import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import { cniFaultBinary } from "../oci/probe-binary.ts";
import { faultCni } from "./fault-cni.ts";
import type { StepContext } from "./step.ts";

describe("faultCni and its plugin", function () {
  this.timeout(180_000);
  const root = mkdtempSync(join(tmpdir(), "criteria-fault-test-"));
  const plugin = join(root, "plugin");
  let control = "";
  let undone: (() => Promise<void>)[] = [];

  before(async function () {
    const bytes = await cniFaultBinary().catch(() => undefined);
    if (bytes === undefined) this.skip(); // neither Go nor a plugin that was built
    else writeFileSync(plugin, bytes, { mode: 0o755 });
  });
  after(() => { rmSync(root, { recursive: true }); });
  beforeEach(() => {
    control = mkdtempSync(join(root, "control-"));
    undone = [];
  });

  const contextOf = (namespace: string): StepContext => ({
    get client(): never { throw new Error("faultCni makes no call"); },
    handler: "", signal: new AbortController().signal, bindings: { case: { id: "a.b", namespace } }, host: { sharesHost: true, cniControlDir: control },
    logPathOf: () => undefined, undo: (_label, action) => { undone.push(action); }, runSteps: () => Promise.resolve(), observe: () => undefined,
  });

  const order = async (namespace: string, input: Record<string, unknown> = { command: "ADD" }): Promise<unknown> => (await faultCni.run(input, contextOf(namespace))).result;

  /** What the plugin does when a runtime calls it: its exit status. */
  const call = (args: string | undefined, command = "ADD"): number | null => spawnSync(plugin, {
    input: JSON.stringify({ cniVersion: "1.0.0", control, prevResult: { ips: [] } }),
    env: { CNI_COMMAND: command, CNI_CONTAINERID: "c", CNI_NETNS: "/n", CNI_IFNAME: "eth0", ...(args === undefined ? {} : { CNI_ARGS: args }) },
  }).status;

  const inNamespace = (name: string): string => `IgnoreUnknown=1;K8S_POD_NAMESPACE=${name};K8S_POD_NAME=x`;

  it("hits pods of its case's namespace as often as ordered, and no others", async () => {
    const result = await order("ours", { command: "ADD", times: 2n });
    const statuses = ["theirs", "ours", "theirs", "ours", "ours"].map((name) => call(inNamespace(name)));
    expect(statuses).to.deep.equal([0, 1, 0, 1, 0]);
    expect(result).to.have.property("calls").with.lengthOf(3);
    expect(result).to.have.deep.nested.property("calls[0]", { command: "ADD", namespace: "ours", container: "c", netns: "/n", ifname: "eth0", fault: "fail" });
  });

  it("lets two cases order side by side, and takes back its own order only", async () => {
    await order("ours", { command: "DEL", times: 5n });
    await order("theirs", { command: "DEL" });
    await undone[0]?.();
    expect([call(inNamespace("ours"), "DEL"), call(inNamespace("theirs"), "DEL"), call(inNamespace("theirs"), "ADD")]).to.deep.equal([0, 1, 0]);
  });

  it("delays instead, and counts only what came since", async () => {
    call(inNamespace("ours"));
    const result = await order("ours", { command: "ADD", delay: "1ms" });
    expect(call(inNamespace("ours"))).to.equal(0);
    expect(result).to.have.nested.property("calls[0].fault", "delay");
    expect(result).to.have.property("calls").with.lengthOf(1);
  });

  it("counts calls without a namespace for every order", async () => {
    const [ours, theirs] = [await order("ours"), await order("theirs", { command: "ADD", times: 0n })];
    expect([call("IgnoreUnknown=1"), call(undefined)]).to.deep.equal([1, 0]);
    for (const result of [ours, theirs]) expect(result).to.have.property("calls").with.lengthOf(2);
  });

  it("leaves a namespace that is no plain name alone", async () => {
    await order("ours");
    for (const name of ["", ".", "..", "../x/ours", "a/../ours"]) expect(call(inNamespace(name)), name).to.equal(0);
    expect(existsSync(join(control, "ours", "ADD.json"))).to.equal(true);
    expect(readFileSync(join(control, "calls.ndjson"), "utf8").split("\n")).to.have.lengthOf(6);
  });

  it("passes on what it was given", () => {
    const out = execFileSync(plugin, { input: JSON.stringify({ cniVersion: "1.0.0", control, prevResult: { ips: [1] } }), env: { CNI_COMMAND: "ADD" }, encoding: "utf8" });
    expect(JSON.parse(out)).to.deep.equal({ ips: [1] });
  });
});
