import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { messageOf } from "../model/errors.ts";
import { buildPlan } from "./build-plan.ts";
import { loadCatalog } from "./load.ts";
import { SuiteError } from "./problems.ts";

const requirements = `area: a
requirements:
  - { id: SSM-02, level: MUST, since: "1.20", text: t, source: s }
  - { id: SSM-03, level: SHOULD, since: "1.38", text: t, source: s }
  - { id: GEN-C1, level: MUST, binds: caller, text: t, source: s }
`;
const features = `features:
  kernel: { by: host, when: "!host.embedded", about: Real processes. }
  container-events: { by: runtime, rpcs: [GetContainerEvents], about: Events. }
`;
const folders: string[] = [];

function folderWith(cases: string): string {
  const dir = mkdtempSync(join(tmpdir(), "criteria-catalog-"));
  folders.push(dir);
  mkdirSync(join(dir, "requirements"));
  writeFileSync(join(dir, "requirements/a.yaml"), requirements);
  writeFileSync(join(dir, "features.yaml"), features);
  writeFileSync(join(dir, "s.yaml"), `suite: s\nabout: x\ncases:\n${cases}`);
  return dir;
}

function removeFolders(): void {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true });
}

const oneCase = (steps: string, more = ""): string => `  - id: a.b\n    about: x\n    given: { pod: {}, container: {} }\n${more}    steps:\n${steps.split("\n").map((line) => `      ${line}`).join("\n")}\n`;

function mistakeIn(steps: string, more = ""): string {
  try {
    loadCatalog({ dir: folderWith(oneCase(steps, more)) });
    return "no mistake found";
  } catch (error) {
    expect(error).to.be.instanceOf(SuiteError);
    return messageOf(error);
  }
}

const status = "ContainerStatus: { container_id: \"${container.id}\" }";
const mistakes: readonly (readonly [string, string])[] = [
  ["- StopPodSanbox: {}", "no verb or modifier 'StopPodSanbox'. Did you mean StopPodSandbox?"],
  ["- StopPodSandbox: { podSandboxId: x }\n  covers: SSM-02", "StopPodSandboxRequest has no field 'podSandboxId'. Did you mean pod_sandbox_id?"],
  ["- StopContainer: { timeout: 2s }\n  covers: SSM-02", "timeout wants an integer, got \"2s\": request fields take no unit"],
  ["- StopPodSandbox: { pod_sandbox_id: 12 }\n  covers: SSM-02", "pod_sandbox_id wants a string, got 12: quote it"],
  ["- StopPodSandbox: { pod_sandbox_id: \"${pod}\" }\n  covers: SSM-02", "got a pod. Did you mean ${pod.id}?"],
  ["- PodSandboxStatus: {}\n  expect: { status: { state: NOTREADY } }\n  covers: SSM-02", "PodSandboxState has no value NOTREADY. Did you mean SANDBOX_NOTREADY?"],
  ["- PodSandboxStatus: {}\n  that: response.status.state == \"SANDBOX_READY\"\n  covers: SSM-02", "write SANDBOX_READY without quotes"],
  ["- ListContainers: { filter: { state: CONTAINER_EXITED } }\n  covers: SSM-02", "filter.state is a message, ContainerStateValue: write { state: CONTAINER_EXITED }"],
  [`- ${status}\n  that: !has(response.status)\n  covers: SSM-02`, "YAML reads '!has(response.status)' as a tag: quote the text"],
  [`- ${status}\n  that: "\${code == OK}"\n  covers: SSM-02`, "this is CEL already: write it without ${ }"],
  [`- PodSandboxStatus: {}\n  that: response.status.stat == 1\n  covers: SSM-02`, "PodSandboxStatus has no field 'stat'. Did you mean state?"],
  [`- ${status}\n  that: has(response.status.created_at)\n  covers: SSM-02`, "always true: an int is never absent"],
  [`- ${status}\n  that: response.status.user == null\n  covers: SSM-02`, "a message is never null: use has()"],
  [`- ${status}\n  covers: [SSM-02, SSM-03]`, "SSM-02 is MUST, SSM-03 is SHOULD: give each a check of its own"],
  [`- ${status}\n  covers: SSM-2`, "no requirement SSM-2. Did you mean SSM-02?"],
  [`- ${status}\n  covers: GEN-C1`, "GEN-C1 binds the caller"],
  [`- ${status}\n  that: made.id == 'x'\n  covers: SSM-02`, "'made' has no value here"],
  [`- ${status}\n  as: made\n- ${status}\n  as: made\n  covers: SSM-02`, "the name 'made' is taken since line 8"],
  [`- ${status}\n  code: error\n  expect: { status: {} }\n  covers: SSM-02`, "there is no message to expect from: use that"],
  ["- interact: { exec: {} }\n  covers: SSM-02", "interact has no key 'exec'. Did you mean Exec?"],
  ["- observeHost: { path: /a, daemon: true }\n  covers: SSM-02", "takes exactly one of container, processes, path, network, inventory, daemon, this one has path and daemon"],
  ["- restartRuntime: { how: killed }\n  covers: SSM-02", "how is one of terminate, kill, not killed. Did you mean kill?"],
  ["- observeHost: { inventory: true }\n  covers: SSM-02", "observeHost changes the whole node: say alone: <why>"],
  ["- exec: {}\n  covers: SSM-02", "exec wants run: sub-command and arguments"],
  ["- observeHost: { container: \"${container.id}\" }\n  as: seen\n- observeHost: { processes: \"${seen.processes}\" }\n  covers: SSM-02", "processes wants list of int, got list of map to dyn"],
  ["- readLogs: {}\n  that: result.entries.all(e, e.text == b'a')\n  covers: SSM-02", "entries has no field 'text'"],
  ["- watchEvents: {}\n  as: watch\n- check: watch.events[0].container_event_type == 'X'\n  covers: SSM-02", "write X without quotes"],
  ["- restartRuntime: {}\n  covers: SSM-02", "restartRuntime changes the whole node: say alone: <why>"],
  ["- restartRuntime: { before: [ { StopPodSanbox: {} } ] }\n  covers: SSM-02", "no verb or modifier 'StopPodSanbox'. Did you mean StopPodSandbox?"],
  ["- dial: { to: x, script: [ { steps: [ { StopPodSanbox: {} } ] } ] }\n  covers: SSM-02", "no verb or modifier 'StopPodSanbox'. Did you mean StopPodSandbox?"],
];

describe("loadCatalog", () => {
  afterEach(removeFolders);
  for (const [steps, message] of mistakes) {
    it(`says ${message}`, () => {
      expect(mistakeIn(steps)).to.contain(message);
    });
  }

  it("says of what is no YAML only that", () => {
    expect(mistakeIn(`- ${status}\n  that: !has(x)\n  covers: SSM-02`).split("\n")).to.have.length(1);
  });

  it("names the place", () => {
    expect(mistakeIn(`- ${status}\n  covers: NO-1`)).to.match(/^suites\/s\.yaml:9:17: no requirement NO-1/);
    expect(mistakeIn(`- ${status}\n  covers: SSM-02`, "    alone: { because: x, with: y }\n")).to.contain("alone is a text, or { because, group }");
    expect(mistakeIn(`- ${status}\n  covers: SSM-02`, "    needs: kernal\n")).to.contain("no feature kernal. Did you mean kernel?");
  });
});

describe("cases that nobody asked for", () => {
  afterEach(removeFolders);

  it("are checked when somebody looks into them", () => {
    const bad = oneCase("- Version: {}\n  expect: response.nothing\n  covers: SSM-02");
    const { cases: [late] } = loadCatalog({ dir: folderWith(bad), isWanted: () => false });
    expect(late?.baseId).to.equal("a.b");
    expect(() => late?.plan).to.throw(SuiteError, "suites/s.yaml:9:");
    expect(() => loadCatalog({ dir: folderWith(bad), isWanted: ({ baseId }) => baseId === "a.b" })).to.throw(SuiteError);
  });
});

describe("places and fixtures", () => {
  afterEach(removeFolders);

  it("points at the part of a text that is wrong", () => {
    expect(mistakeIn(`- ${status}\n  that: code == OK && made.id == 'x'\n  covers: SSM-02`)).to.contain("suites/s.yaml:9:29: 'made'");
    expect(mistakeIn("- StopContainer: { container_id: \"a-${made.id}\" }\n  covers: SSM-02")).to.contain("suites/s.yaml:8:45: 'made'");
  });

  it("checks keys, states and values of fixtures", () => {
    const given = (text: string): string => messageOfLoad(`  - id: a.b\n    about: x\n    matrix: { s: [ready, redy] }\n    given: ${text}\n    steps: [ { Version: {}, covers: SSM-02 } ]\n`);
    expect(given("{ pod: { state: \"${matrix.s}\" } }")).to.contain("no state 'redy' of pod. Did you mean ready?");
    expect(given("{ pod: {}, container: { comand: x } }")).to.contain("a fixture of kind container has no key 'comand'");
    expect(given("{ pod: {}, container: { run: pause } }")).to.contain("run wants a list, got \"pause\"");
    expect(given("{ pod: sharde }")).to.contain("a pod is a mapping, or shared");
  });

  it("checks what cells have in common, which know of no cell", () => {
    const mistake = (text: string): string => messageOfLoad(`  - id: a.b\n    about: x\n${text}    steps: [ { Version: {}, covers: SSM-02 } ]\n`);
    expect(mistake("    before: { pod: {} }\n")).to.contain("suites/s.yaml:6:5: before is for the cells of a matrix: a case without one takes given");
    expect(mistake("    matrix: { s: [x, y] }\n    before: { pod: { handler: \"${matrix.s}\" } }\n")).to.contain("suites/s.yaml:7:34: 'matrix' has no value here");
    expect(mistake("    matrix: { s: [x, y] }\n    before: { pod: {} }\n    given: { pod: shared }\n")).to.contain("suites/s.yaml:8:14: pod is in before too");
    expect(mistake("    matrix: { s: [x, y] }\n    before: { pod: {} }\n    given: { container: { state: gone, pod: \"${pod}\" } }\n")).to.contain("no state 'gone' of container");
  });

  it("checks workloads", function slow() {
    this.timeout(60_000);
    const load = (iteration: string, phases: string, budget: string): string =>
      messageOfLoad(`  []\nworkloads:\n  - id: load.a\n    about: x\n    iteration: ${iteration}\n    phases: ${phases}\n    budget: [ { about: x, that: "${budget}" } ]\n`);
    const good = ["{ steps: [ { Version: {} } ] }", "[ { rate: 5/s, for: 10s } ]", "samples.Version.p99 < duration('1s')"] as const;
    expect(load(...good)).to.equal("");
    expect(load("{ steps: [ { Version: {}, eventually: 3s } ] }", good[1], good[2])).to.contain("no eventually");
    expect(load(good[0], "[ { rate: 5/s, workers: 8, for: 10s } ]", good[2])).to.contain("an open phase has no key 'workers'");
    expect(load(good[0], "[ { workers: 8 } ]", good[2])).to.contain("either iterations or for");
    expect(load(good[0], good[1], "samples.Status.p99 < duration('1s')")).to.contain("samples has no field 'Status'");
    const steps = (text: string): string => load(`{ steps: [ { Version: {} }, ${text} ] }`, good[1], good[2]);
    expect(steps("{ mark: x, since: Version }")).to.equal("");
    expect(steps("{ mark: x, since: Status }")).to.contain("nothing before it is measured as Status");
    expect(steps("{ firstInstruction: { logs: x } }")).to.contain("firstInstruction has no key 'logs'");
    expect(steps("{ firstInstruction: { log: \"${container.log_path}\" } }")).to.contain("'container' has no value here");
    const started = "{ StartContainer: { container_id: x }";
    expect(steps(`${started} }, { firstInstruction: { container_id: x, log: x } }`)).to.equal("");
    expect(steps(`${started}, series: start }, { firstInstruction: { container_id: x, log: x } }`)).to.contain("firstInstruction counts from StartContainer: nothing before it is measured as StartContainer");
    expect(steps(`${started}, measured: false }, { eventSeen: { container_id: x } }`)).to.contain("eventSeen counts from StartContainer");
    expect(load("{ steps: [ { Version: {}, measured: false } ] }", good[1], "true")).to.contain("nothing is measured in this iteration");
    expect(load("{ given: { hostPort: {} }, steps: [ { Version: {} } ] }", good[1], good[2])).to.contain("a workload is given pods, containers and images");
    const image = (files: string, more = ""): string => load(`{ given: { image: { state: served, files: { x: "${files}" }${more} } }, steps: [ { Version: {} } ] }`, good[1], good[2]);
    expect(image("${probe.ref}")).to.equal("");
    expect(image("${index}")).to.contain("'index' has no value here");
    expect(image("${index}", ", count: 2")).to.equal("");
    expect(load(good[0], "[ { burst: 30, for: 5s } ]", good[2])).to.contain("a burst phase has no key 'for'");
    expect(load(good[0], "[ { steps: [0] } ]", good[2])).to.contain("steps wants a list of whole numbers");
  });

  it("lets nothing stand beside a mix that it would not run", function slow() {
    this.timeout(60_000);
    const mix = (more: string): string =>
      messageOfLoad(`  []\nworkloads:\n  - id: load.a\n    about: x\n    mix: [ { workload: load.b, rate: 1/s } ]\n    phases: [ { for: 10s } ]\n${more}`);
    expect(mix("")).to.equal("");
    expect(mix("    budget: [ { about: x, that: nonsense } ]\n")).to.contain("suites/s.yaml:10:5: a mix runs the iterations of others, each as it is: no budget beside it");
    for (const key of ["matrix: { n: [1] }", "given: { pod: {} }", "iteration: { steps: [ { Version: {} } ] }"]) expect(mix(`    ${key}\n`)).to.contain(`no ${key.split(":")[0]} beside it`);
  });
});

function messageOfLoad(cases: string): string {
  try {
    loadCatalog({ dir: folderWith(cases) });
    return "";
  } catch (error) {
    return messageOf(error);
  }
}

describe("buildPlan", () => {
  afterEach(removeFolders);

  const target = { rpcs: ["Version"], handlers: ["runc", "kata"] };
  const plan = (cases: string, more: object = {}): ReturnType<typeof buildPlan> =>
    buildPlan(loadCatalog({ dir: folderWith(cases) }), { target, host: { embedded: true }, contract: "1.37", ...more });

  it("expands written and discovered axes in alphabetical order", () => {
    const { cases } = plan(oneCase(`- ${status}\n  covers: "\${matrix.b.covers}"`, "    matrix: { b: { one: { covers: SSM-02 }, two: { covers: SSM-02 } }, a: \"${target.handlers}\" }\n    where: matrix.a != 'kata'\n"));
    expect(cases.map((item) => item.id)).to.deep.equal(["a.b/a=runc/b=one", "a.b/a=runc/b=two"]);
    expect(cases[0]?.requirements).to.deep.equal(["SSM-02"]);
  });

  it("settles what cannot be judged here", () => {
    const skip = (steps: string, more = ""): unknown => plan(oneCase(steps, more)).cases[0]?.skip?.verdict;
    expect(skip(`- ${status}\n  covers: SSM-02`, "    needs: kernel\n")).to.equal("blocked");
    expect(skip("- GetContainerEvents: {}\n  covers: SSM-02")).to.equal("unsupported");
    expect(skip(`- ${status}\n  covers: SSM-03`)).to.equal("not-applicable");
    expect(skip(`- ${status}\n  covers: SSM-02`, "    matrix: { a: \"${target.rpcs.filter(r, r == 'no')}\" }\n")).to.equal("unsupported");
    expect(skip(`- ${status}\n  covers: SSM-02`)).to.equal(undefined);
  });

  it("refuses a pattern that matches nothing", () => {
    expect(() => plan(oneCase(`- ${status}\n  covers: SSM-02`), { only: ["a.c"] })).to.throw("no case or suite matches 'a.c'. Did you mean a.b?");
    expect(plan(oneCase(`- ${status}\n  covers: SSM-02`), { skip: ["a.*"] }).cases).to.deep.equal([]);
  });
});
