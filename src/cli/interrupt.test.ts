import type { ChildProcess } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { CriClient } from "../cri/client.ts";
import { connectBest } from "../cri/grpc-client.ts";
import { end, type Ended, needProbe, ProgramRun, start } from "./testing/program-run.ts";

/** Lines of the ledger: far enough to have objects, images and folders; far from the end. */
const middle = 40;

let folder = "";
before(() => { folder = mkdtempSync(join(tmpdir(), "criteria-interrupt-")); });
after(() => { rmSync(folder, { recursive: true, force: true }); });

/** A run that is under way. */
async function runToMiddle(name: string, args: readonly string[]): Promise<ProgramRun> {
  const run = new ProgramRun(folder, name, [...args, "container", "image"]);
  await run.untilLedgerHas(middle);
  return run;
}

describe("a run that is interrupted in the middle", function interrupts() {
  this.timeout(240_000);

  for (const [signal, code] of [["SIGHUP", 129], ["SIGINT", 130], ["SIGTERM", 143]] as const) {
    it(`by ${signal} undoes what it has made, and leaves no file`, async () => {
      const run = await runToMiddle(`embedded-${signal}`, ["--embedded"]);
      run.child.kill(signal);
      const ended = await run.ended;
      expect(ended.code, ended.text).to.equal(code);
      expect(ended.text).not.to.include("left behind");
      expect(readdirSync(run.temp)).to.deep.equal([]);
      expect(readFileSync(join(run.out, "events.ndjson"), "utf8")).to.match(/"type":"run-ended".*"interrupted":true/);
      expect(existsSync(join(run.out, "junit.xml"))).to.equal(true);
    });
  }

  it("by SIGINT twice ends at once, and leaves no file", async () => {
    const run = await runToMiddle("embedded-twice", ["--embedded"]);
    run.child.kill("SIGINT");
    run.child.kill("SIGTERM");
    expect((await run.ended).code).to.be.oneOf([130, 143]);
    expect(readdirSync(run.temp)).to.deep.equal([]);
  });
});

describe("a run in which an error comes up that nothing awaits", function faults() {
  this.timeout(120_000);

  for (const [how, planted] of [["thrown", "throw new Error('planted')"], ["rejected", "void Promise.reject(new Error('planted'))"]] as const) {
    it(`exits 4 where it is ${how}, says so, undoes what it has made, and leaves no file`, async () => {
      const ledger = JSON.stringify(join(folder, how, "ledger.ndjson"));
      const script = `import { existsSync } from "node:fs"; const look = setInterval(() => { if (!existsSync(${ledger})) return; clearInterval(look); ${planted}; }, 5);`;
      const run = new ProgramRun(folder, how, ["--embedded", "container", "image"], [process.execPath, "--import", `data:text/javascript,${encodeURIComponent(script)}`]);
      const { code, text } = await run.ended;
      expect(text).to.match(/^criteria: Error: planted\n {4}at .*\n(.*\n)* {2}This is a fault of criteria: please report it\./m);
      expect(text).not.to.include("left behind");
      expect(code, text).to.equal(4);
      expect(readdirSync(run.temp)).to.deep.equal([]);
      expect(readFileSync(join(run.out, "results.json"), "utf8")).to.include("interrupted by a fault of criteria");
    });
  }
});

describe("a run on a runtime that lives on", function onRuntime() {
  this.timeout(240_000);
  let runtime: ChildProcess;
  let endpoint = "";
  let client: CriClient;

  before(async function probe() {
    await needProbe(this);
    endpoint = `unix://${join(folder, "r.sock")}`;
    mkdirSync(join(folder, "runtime-tmp"));
    runtime = start(["runtime", "--listen", endpoint], join(folder, "runtime-tmp"));
    await new Promise((resolve) => { runtime.stdout?.once("data", resolve); });
    client = await connectBest({ runtimeEndpoint: endpoint, imageEndpoint: endpoint, connectTimeoutMs: 60_000 });
  });
  after(async () => {
    if (endpoint === "") return;
    client.close();
    const ended = end(runtime);
    runtime.kill("SIGTERM");
    await ended;
  });

  const clean = (temp: string): Promise<Ended> => end(start(["clean", "--runtime-endpoint", endpoint], temp));

  async function objects(): Promise<unknown[]> {
    const lists = [["ListPodSandbox", "items"], ["ListContainers", "containers"], ["ListImages", "images"]] as const;
    const found = await Promise.all(lists.map(async ([rpc, key]): Promise<unknown> => (await client.call(rpc, {})).responses[0]?.[key] ?? []));
    return found.flat();
  }

  it("has nothing left on it after SIGINT", async () => {
    const run = await runToMiddle("served-once", ["--runtime-endpoint", endpoint]);
    run.child.kill("SIGINT");
    const ended = await run.ended;
    expect(ended.code, ended.text).to.equal(130);
    expect(await objects()).to.deep.equal([]);
    expect(readdirSync(run.temp)).to.deep.equal([]);
  });

  for (const signals of [["SIGINT", "SIGINT"], ["SIGKILL"]] as const) {
    it(`has nothing left on it after ${signals.join(" and ")} and criteria clean`, async () => {
      const run = await runToMiddle(`served-${signals.length}`.replace("served-2", "served-twice"), ["--runtime-endpoint", endpoint]);
      // A runtime that stands still undoes nothing between the signals, however late the second one comes.
      runtime.kill("SIGSTOP");
      // Signals that wait together are one: the second is sent until it is heard.
      const again = setInterval(() => { run.child.kill(signals.at(-1)); }, 200);
      try {
        run.child.kill(signals[0]);
        await Promise.race([run.ended, sleep(120_000).then(() => { throw new Error("the run did not end"); })]);
      } finally {
        clearInterval(again);
        runtime.kill("SIGCONT");
      }
      const left = await objects();
      expect(left.length, "nothing to clean").to.be.greaterThan(0);
      const cleaned = await clean(run.temp);
      expect(cleaned.code, cleaned.text).to.equal(0);
      expect(cleaned.text.match(/^removed /gm)?.length).to.be.greaterThan(0);
      expect(await objects()).to.deep.equal([]);
      expect(readdirSync(run.temp)).to.deep.equal([]);
      expect((await clean(run.temp)).text).to.include("nothing is left of any run");
    });
  }

  it("has nothing left on it after SIGKILL of a measurement and criteria clean", async () => {
    const [out, temp] = [join(folder, "bench"), join(folder, "bench-tmp")];
    mkdirSync(temp);
    const bench = start(["bench", "container-lifecycle", "--runtime-endpoint", endpoint, "--iterations", "1000000", "--out", out], temp);
    const ended = end(bench);
    const samples = join(out, "samples.ndjson");
    while (!existsSync(samples) || readFileSync(samples, "utf8") === "") await new Promise((resolve) => setTimeout(resolve, 20));
    bench.kill("SIGKILL");
    await ended;
    const cleaned = await clean(temp);
    expect(cleaned.code, cleaned.text).to.equal(0);
    expect(cleaned.text).to.match(/^removed folder /m);
    expect(await objects()).to.deep.equal([]);
    expect(readdirSync(temp)).to.deep.equal([]);
  });

  it("has only what failed left on it with --keep-on-failure, until criteria clean", async () => {
    const path = join(folder, "keep.yaml");
    const one = (id: string, given: string, state: string): string =>
      `  - id: keep.${id}\n    about: A container is ${state}.\n    given: ${given}\n    steps:\n      - ContainerStatus: { container_id: "\${container.id}" }\n        expect: { status: { state: ${state} } }\n        covers: CSM-01\n`;
    writeFileSync(path, `suite: mine/keep\nabout: What is kept.\ncases:\n${[
      one("failed", "{ pod: shared, container: {} }", "CONTAINER_EXITED"), one("passed", "{ pod: shared, container: {} }", "CONTAINER_RUNNING"), one("own", "{ pod: {}, container: {} }", "CONTAINER_RUNNING"),
    ].join("")}`);
    appendFileSync(path, one("cells", "{}", "ONE").replace("state: ONE", 'state: "${matrix.state}"').replace("given: {}", "matrix: { state: [CONTAINER_EXITED, CONTAINER_RUNNING] }\n    before: { pod: {}, container: {} }"));
    const temp = join(folder, "keep-tmp");
    mkdirSync(temp);
    const ended = await end(start(["run", "--runtime-endpoint", endpoint, "--keep-on-failure", "--out", join(folder, "keep"), path], temp));
    expect(ended.code, ended.text).to.equal(1);
    const labels = (await objects()).map((item) => (typeof item === "object" && item !== null && "labels" in item ? JSON.stringify(item.labels) : ""));
    expect(labels.filter((text) => text.includes('"keep.failed"')).length, labels.join()).to.equal(1);
    expect(labels.filter((text) => text.includes('"shared"')).length).to.equal(1);
    expect(labels.filter((text) => text.includes('"keep.cells"')).length, labels.join()).to.equal(2);
    expect(labels.length, labels.join()).to.equal(4);
    expect((await clean(temp)).code).to.equal(0);
    expect(await objects()).to.deep.equal([]);
    expect(readdirSync(temp)).to.deep.equal([]);
  });
});
