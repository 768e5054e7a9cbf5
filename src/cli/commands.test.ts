import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { shippedSuites } from "../catalog/load.ts";
import type { CriClient } from "../cri/client.ts";
import { connectBest } from "../cri/grpc-client.ts";
import { startReferenceRuntime } from "../reference-runtime/start.ts";
import { runProgram } from "./program.ts";
import { openSession } from "./session.ts";
import { needProbe } from "./testing/program-run.ts";

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let folder = "";
before(() => { folder = mkdtempSync(join(tmpdir(), "criteria-commands-")); });
after(() => { rmSync(folder, { recursive: true, force: true }); });

/** Runs the program in this process; `interrupt` ends a command that serves. */
async function criteria(argv: readonly string[], interrupt = new AbortController().signal, onOut: (text: string) => void = () => undefined): Promise<Ended> {
  let [out, err] = ["", ""];
  const code = await runProgram({
    out: (text) => { out += text; onOut(out); }, err: (text) => { err += text; }, outIsTty: false, errIsTty: false, columns: () => 80,
    env: {}, cwd: folder, argv, interrupt, onKill: () => undefined,
  });
  return { code, out, err };
}

function listOf(text: string): Readonly<Record<string, unknown>>[] {
  const value: unknown = JSON.parse(text);
  return Array.isArray(value) ? value : [];
}

describe("criteria list and show", function lists() {
  this.timeout(60_000);

  it("list cases of a suite with level and sentence, also as JSON", async () => {
    const { code, out } = await criteria(["list", "pod-sandbox/stop"]);
    expect(code).to.equal(0);
    expect(out).to.match(/^pod-sandbox\/stop\n {2}pod-sandbox\.stop\.\S+ {2}(MUST|SHOULD|MAY) {2}\S/);
    const cases = listOf((await criteria(["list", "--json", "pod-sandbox/stop"])).out);
    expect(cases.length).to.equal(out.trim().split("\n").length - 1);
    expect(cases[0]).to.have.all.keys("id", "suite", "level", "about");
  });

  it("show a case with its steps, and a requirement with the cases that cite it", async () => {
    const shown: unknown = JSON.parse((await criteria(["show", "pod-sandbox.stop.twice", "--json"])).out);
    expect(shown).to.include({ id: "pod-sandbox.stop.twice" }).and.have.property("steps").that.is.not.empty;
    const requirement: unknown = JSON.parse((await criteria(["show", "StopPodSandbox-04"])).out);
    expect(requirement).to.include({ id: "StopPodSandbox-04", level: "MUST" });
    expect(requirement).to.have.property("cases").that.includes("pod-sandbox.stop.twice");
  });

  it("exit 2 for what is not there", async () => {
    for (const argv of [["list", "no-such-suite"], ["show", "no.such.case"]]) {
      const { code, out, err } = await criteria(argv);
      expect([code, out]).to.deep.equal([2, ""]);
      expect(err).to.include("no");
    }
  });
});

describe("criteria lint", function lints() {
  this.timeout(60_000);

  it("takes files and folders, and what comes with criteria is no second one of itself", async () => {
    const countOf = ({ out, err }: Ended): number => Number(/(\d+) cases and \d+ invariants are valid/.exec(out)?.[1] ?? expect.fail(err));
    const all = countOf(await criteria(["lint"]));
    expect((await criteria(["new", "case", "mine.one"])).code).to.equal(0);
    expect(countOf(await criteria(["lint", "mine.yaml"]))).to.equal(all + 1);
    expect(countOf(await criteria(["lint", "mine.yaml", ".", "--suites", "mine.yaml"]))).to.equal(all + 1);
    expect(countOf(await criteria(["lint", join(shippedSuites, "runtime/version.yaml")]))).to.equal(all);
  });
});

describe("criteria doctor", function doctor() {
  this.timeout(60_000);

  it("tells what it found as one JSON document", async () => {
    const { code, out } = await criteria(["doctor", "--embedded", "--json"]);
    expect(code).to.equal(0);
    const report: unknown = JSON.parse(out);
    expect(report).to.include({ runtimeName: "criteria-reference", api: "v1" });
    expect(report).to.have.nested.property("registry.reachable", true);
    expect(report).to.have.nested.property("rpcs.answered").that.includes("RunPodSandbox");
    expect(report).to.have.property("missing").that.deep.includes({
      name: "a restart command", blocks: "cases that restart the runtime", mend: "Give --restart-command.",
    });
    expect(report).to.have.property("notJudged").that.is.not.empty;
  });

  it("tells people the same", async () => {
    const { out } = await criteria(["doctor", "--embedded"]);
    expect(out).to.match(/^runtime +criteria-reference/m).and.match(/^condition +RuntimeReady yes/m).and.match(/^missing:/m);
  });
});

describe("criteria images", function images() {
  this.timeout(240_000);
  before(async function probe() {
    await needProbe(this);
  });

  it("list names and digests, and export an archive of each", async () => {
    const listed = (await criteria(["images", "list"])).out.trim().split("\n");
    expect(listed.map((line) => line.split("  ")[0])).to.deep.equal(["criteria.local/criteria/probe:1", "criteria.local/pause:1"]);
    for (const line of listed) expect(line).to.match(/ {2}sha256:[0-9a-f]{64}$/);
    const { code } = await criteria(["images", "export", "archives"]);
    expect(code).to.equal(0);
    expect(readdirSync(join(folder, "archives")).sort()).to.deep.equal(["pause.tar", "probe.tar"]);
  });

  it("are exported under the name that a run with --image-registry asks for", async () => {
    const terminal = { out: () => undefined, err: () => undefined, outIsTty: false, errIsTty: false, columns: () => 80, env: {}, cwd: folder, argv: [], interrupt: new AbortController().signal, onKill: () => undefined };
    const session = await openSession({ embedded: true, imageRegistry: "criteria.local" }, terminal);
    try {
      expect((await criteria(["images", "list"])).out).to.include(`${session.probeRef}  `);
    } finally {
      await session.close();
    }
  });

  it("block the cases that want others, where a registry serves these alone", async () => {
    const stop = new AbortController();
    const served = new Promise<void>((resolve) => {
      void criteria(["images", "serve", "--listen", "127.0.0.1:0"], stop.signal, (text) => { ref = text.trim(); resolve(); });
    });
    let ref = "";
    await served;
    const { code, out } = await criteria(["run", "container.status.image", "container.status.not-found", "--embedded", "--image-registry", ref.replace(/\/.*/, ""), "--out", join(folder, "registry"), "--json"]);
    stop.abort("SIGINT");
    expect(code, out).to.equal(0);
    const { cases } = JSON.parse(out) as { readonly cases: readonly { readonly id: string; readonly verdict: string; readonly reason: string }[] };
    const own = cases.filter(({ id }) => id.startsWith("container.status.image"));
    expect(own.map(({ verdict }) => verdict)).to.include("blocked").and.not.include("broken");
    expect(own[0]?.reason).to.include("--image-registry");
    expect(cases.filter(({ verdict }) => verdict === "passed")).to.not.be.empty;
  });

  it("serve them until they are interrupted, under the name that is told", async () => {
    const stop = new AbortController();
    const told = new Promise<string>((resolve) => { void criteria(["images", "serve", "--listen", "127.0.0.1:0"], stop.signal, resolve).then(({ code }) => { served = code; }); });
    let served: number | undefined;
    const ref = (await told).trim();
    const [, host, name, tag] = /^([^/]+)\/(.+):(\w+)$/.exec(ref) ?? [];
    const answer = await fetch(`http://${String(host)}/v2/${String(name)}/manifests/${String(tag)}`, { headers: { accept: "application/vnd.oci.image.manifest.v1+json" } });
    expect(answer.status).to.equal(200);
    stop.abort("SIGINT");
    while (served === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(served).to.equal(0);
  });
});

describe("criteria clean", function cleans() {
  this.timeout(60_000);
  let endpoint = "";
  let client: CriClient;
  let close: () => Promise<void>;
  const temp = process.env["TMPDIR"];

  before(async () => {
    // What earlier runs left in the real one is not this test's to remove.
    process.env["TMPDIR"] = folder;
    endpoint = `unix://${join(folder, "r.sock")}`;
    const runtime = await startReferenceRuntime({ listen: endpoint, stateDir: join(folder, "state") });
    client = await connectBest({ runtimeEndpoint: endpoint, imageEndpoint: endpoint, connectTimeoutMs: 20_000 });
    close = async () => { client.close(); await runtime.close(); };
    for (const [name, run] of [["one", "aaaa"], ["two", "bbbb"], ["foreign", ""]] as const) {
      await client.call("RunPodSandbox", { config: { metadata: { name, uid: name, namespace: "n", attempt: 0n }, linux: {}, labels: run === "" ? {} : { "io.criteria.run": run } } });
    }
  });
  after(async () => {
    if (temp === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = temp;
    await close();
  });

  async function names(): Promise<unknown[]> {
    const items: unknown = (await client.call("ListPodSandbox", {})).responses[0]?.["items"];
    return (Array.isArray(items) ? items : []).map((item: { metadata?: { name?: string } }) => item.metadata?.name).sort();
  }

  it("only tells with --dry-run", async () => {
    const { code, out } = await criteria(["clean", "--dry-run", "--run", "aaaa", "-r", endpoint]);
    expect(code).to.equal(0);
    expect(out).to.match(/^would remove PodSandbox \S+\n$/);
    expect(await names()).to.deep.equal(["foreign", "one", "two"]);
  });

  it("knows a run by the name of its folder too", async () => {
    const { out } = await criteria(["clean", "--dry-run", "--run", "20260101-120000-bbbb", "-r", endpoint]);
    expect(out).to.match(/^would remove PodSandbox \S+\n$/);
  });

  it("removes what one run left, then what any left, and never what carries no label of criteria", async () => {
    await criteria(["clean", "--run", "aaaa", "-r", endpoint]);
    expect(await names()).to.deep.equal(["foreign", "two"]);
    expect((await criteria(["clean", "-r", endpoint])).code).to.equal(0);
    expect(await names()).to.deep.equal(["foreign"]);
  });
});
