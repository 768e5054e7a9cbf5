import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import type { Answer, CriClient } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import type { RunEvent } from "../model/event.ts";
import type { GrpcCode } from "../model/grpc-code.ts";
import type { PlanCase, PlanCheck, PlanStep } from "../model/plan.ts";
import type { CheckResult } from "../model/verdict.ts";
import { cgroupDirectories } from "../steps/host-cgroup-dir.ts";
import { processInCgroup } from "../steps/testing/process-in-cgroup.ts";
import type { CaseEnvironment } from "./environment.ts";
import { runCase } from "./run-case.ts";
import { CommonFixtures } from "./common-fixtures.ts";
import { SharedFixtures } from "./shared-fixtures.ts";

interface Said {
  readonly response?: Message;
  readonly code?: GrpcCode;
  readonly fromRuntime?: boolean;
}

type Reply = (rpc: string, request: Message) => Said;

const folders: string[] = [];
const at = { file: "suite.yaml", line: 3, column: 1 };

function answerOf(rpc: string, request: Message, said: Said): Answer {
  const code = said.code ?? "OK";
  return {
    rpc, request, requestBytes: new Uint8Array(), responses: code === "OK" ? [said.response ?? {}] : [], responseBytes: [], code, details: code === "OK" ? "" : "no such thing",
    fromRuntime: said.fromRuntime ?? true, startedMs: performance.now(), elapsedMs: 1, startedNs: 1n, endedNs: 2n, deadlineMs: 1000,
  };
}

function fake(reply: Reply, calls: string[]): CriClient {
  return {
    api: "v1",
    async call(rpc, request) {
      calls.push(rpc);
      return Promise.resolve(answerOf(rpc, request, reply(rpc, request)));
    },
    open: () => { throw new Error("not used"); },
    rawCall: () => Promise.reject(new Error("not used")),
    close: () => undefined,
  };
}

function logRoot(): string {
  const dir = mkdtempSync(join(tmpdir(), "engine-"));
  folders.push(dir);
  return dir;
}

function environmentOf(client: CriClient, events: RunEvent[]): CaseEnvironment {
  let seq = 0;
  return {
    client, runId: "r1", target: {}, host: {}, hostServices: { sharesHost: false }, handler: "", documents: new Map(), optionalRpcs: new Map([["CheckpointContainer", "checkpoint"]]),
    claimed: new Set(), logRoot: logRoot(), ledger: { write: () => undefined }, stall: { between: () => 0, stop: () => undefined },
    images: { probeImageRef: () => Promise.resolve("probe:1"), makeImage: () => Promise.reject(new Error("not used")), isShared: () => true },
    emit: (event) => events.push(event), now: () => performance.now(), nextSeq: () => ++seq, level: "MUST", shared: new SharedFixtures(), common: new CommonFixtures([]),
  };
}

function check(part: Partial<PlanCheck> = {}): PlanCheck {
  return { that: [], covers: ["GEN-05"], level: "MUST", at, ...part };
}

function call(name: string, input: unknown, part: Partial<PlanStep> = {}): PlanStep {
  return { at, verb: { kind: "rpc", name, input }, everyMs: 1, checks: [], save: {}, ...part };
}

function caseOf(steps: PlanStep[], part: Partial<PlanCase> = {}): PlanCase {
  return { id: "a.case", about: "A case.", suite: "s", at, matrix: {}, given: [], steps, deadlineMs: 5000, api: "v1", robustness: false, requirements: ["GEN-05"], level: "MUST", ...part };
}

async function judged(item: PlanCase, reply: Reply): Promise<{ verdict: string; reason: string; calls: string[]; messages: string[]; checks: readonly CheckResult[]; leftovers: readonly string[] }> {
  const calls: string[] = [];
  const result = await runCase(item, environmentOf(fake(reply, calls), []), new AbortController().signal);
  return { verdict: result.verdict, reason: result.reason ?? "", calls, messages: result.checks.map((one) => one.message ?? ""), checks: result.checks, leftovers: result.leftovers };
}

describe("runCase", () => {
  afterEach(() => {
    for (const dir of folders.splice(0)) rmSync(dir, { recursive: true });
  });

  it("undoes newest first, and fails with rule, call and value", async () => {
    const given = [
      { kind: "pod" as const, variable: "pod", shared: false, keys: {}, at },
      { kind: "container" as const, variable: "container", shared: false, keys: {}, at },
    ];
    const step = call("StopContainer", { container_id: "${container.id}" }, { checks: [check()] });
    const done = await judged(caseOf([step], { given }), (rpc) =>
      rpc === "RunPodSandbox" ? { response: { pod_sandbox_id: "p" } } : rpc === "CreateContainer" ? { response: { container_id: "c" } } : rpc === "StopContainer" ? { code: "NOT_FOUND" } : {},
    );
    expect(done.verdict).to.equal("failed");
    expect(done.reason).to.equal('GEN-05 (MUST): StopContainer: code: wanted OK, got NOT_FOUND "no such thing"');
    expect(done.calls).to.deep.equal(["RunPodSandbox", "CreateContainer", "StartContainer", "StopContainer", "RemoveContainer", "StopPodSandbox", "RemovePodSandbox"]);
  });

  describe("with fixtures before all cells", () => {
    const pod = { kind: "pod" as const, variable: "pod", shared: false, keys: {}, at };
    const look = call("PodSandboxStatus", { pod_sandbox_id: "${pod.id}" }, { checks: [check()] });
    const cell = (name: string): PlanCase => caseOf([look], { id: `a.case/n=${name}`, before: [pod] });

    it("makes them once, and undoes them after the last cell", async () => {
      const cells = [cell("a"), cell("b"), { ...cell("c"), skip: { verdict: "blocked" as const, reason: "no" } }];
      const calls: string[] = [];
      let made = 0;
      const client = fake((rpc, request) => (rpc === "RunPodSandbox" ? { response: { pod_sandbox_id: `p${++made}` } } : rpc === "PodSandboxStatus" && request["pod_sandbox_id"] !== "p1" ? { code: "NOT_FOUND" } : {}), calls);
      const environment = { ...environmentOf(client, []), common: new CommonFixtures(cells) };
      const run = async (item: PlanCase): Promise<string> => (await runCase(item, environment, new AbortController().signal)).verdict;
      expect(await run(cell("a"))).to.equal("passed");
      expect(calls).to.deep.equal(["RunPodSandbox", "PodSandboxStatus"]);
      expect(await run(cell("b"))).to.equal("passed");
      expect(calls.slice(2)).to.deep.equal(["PodSandboxStatus", "StopPodSandbox", "RemovePodSandbox"]);
    });

    it("keeps them until the last of several rounds has gone", async () => {
      const calls: string[] = [];
      const client = fake((rpc) => (rpc === "RunPodSandbox" ? { response: { pod_sandbox_id: "p" } } : {}), calls);
      const environment = { ...environmentOf(client, []), common: new CommonFixtures([cell("a"), cell("b")], 2) };
      for (const name of ["a", "a", "b"]) await runCase(cell(name), environment, new AbortController().signal);
      expect(calls).to.not.include("RemovePodSandbox");
      await runCase(cell("b"), environment, new AbortController().signal);
      expect(calls.slice(-2)).to.deep.equal(["StopPodSandbox", "RemovePodSandbox"]);
    });

    it("makes them again for the next cell where that failed, and undoes what a stopped run left", async () => {
      const calls: string[] = [];
      const client = fake((rpc) => (rpc === "RunPodSandbox" ? (calls.length === 1 ? { code: "INTERNAL" } : { response: { pod_sandbox_id: "p" } }) : {}), calls);
      const common = new CommonFixtures([cell("a"), cell("b"), cell("c")]);
      const environment = { ...environmentOf(client, []), common };
      const run = async (name: string): Promise<string> => (await runCase(cell(name), environment, new AbortController().signal)).verdict;
      expect([await run("a"), await run("b")]).to.deep.equal(["broken", "passed"]);
      expect(calls).to.deep.equal(["RunPodSandbox", "RunPodSandbox", "PodSandboxStatus"]);
      expect(await common.close()).to.deep.equal([]);
      expect(calls.slice(3)).to.deep.equal(["StopPodSandbox", "RemovePodSandbox"]);
    });
  });

  it("names a cgroup for the case as the runtime's driver wants it", async () => {
    const told = async (config: Message): Promise<string> => {
      const environment = { ...environmentOf(fake(() => ({}), []), []), target: { config } };
      const look = call("StopContainer", { container_id: "x" }, { checks: [check({ that: [{ source: "case.cgroup == ''", at }] })] });
      return (await runCase(caseOf([look]), environment, new AbortController().signal)).reason ?? "";
    };
    expect(await told({ linux: { cgroup_driver: "SYSTEMD" } })).to.match(/criteria-[0-9a-f]{12}\.slice"/);
    expect(await told({ linux: { cgroup_driver: "CGROUPFS" } })).to.match(/"\/criteria-[0-9a-f]{12}"/);
    expect(await told({})).to.match(/"\/criteria-[0-9a-f]{12}"/);
  });

  it("reports what cannot be undone", async () => {
    const done = await judged(caseOf([call("RunPodSandbox", { config: {} }, { checks: [check()] })]), (rpc) => (rpc === "RunPodSandbox" ? { response: { pod_sandbox_id: "p" } } : { code: "INTERNAL" }));
    expect(done.verdict).to.equal("passed");
    expect(done.leftovers).to.have.length(1);
  });

  it("ends what still lives in a cgroup of its own when the run is over, and removes it", async function slow() {
    const parent = `/criteria-late-${process.pid}`;
    const { pid, end } = await processInCgroup(this, parent);
    const shared = new SharedFixtures();
    try {
      const environment = { ...environmentOf(fake(() => ({ response: { pod_sandbox_id: "p" } }), []), []), hostServices: { sharesHost: true }, shared };
      const given = [{ kind: "pod" as const, variable: "pod", shared: false, keys: { config: { linux: { cgroup_parent: parent } } }, at }];
      const result = await runCase(caseOf([], { given }), environment, new AbortController().signal);
      expect(result.leftovers).to.deep.equal([`cgroup ${parent}: it still holds the processes ${pid}`]);
      expect(await shared.close()).to.deep.equal([]);
    } finally {
      await end();
    }
    expect(await cgroupDirectories(parent)).to.deep.equal([]);
  });

  it("is broken by set-up, failed by a hang in it, unsupported by a listed RPC", async () => {
    expect((await judged(caseOf([call("Status", {})]), () => ({ code: "INTERNAL" }))).verdict).to.equal("broken");
    const hang = (): Said => ({ code: "DEADLINE_EXCEEDED", fromRuntime: false });
    const unasked = await judged(caseOf([call("Status", {})]), hang);
    expect(unasked.verdict).to.equal("failed");
    // Under no rule, so that no waiver of the case takes it in.
    expect(unasked.checks.map(({ covers, level, ok }) => ({ covers, level, ok }))).to.deep.equal([{ covers: [], level: "MUST", ok: false }]);
    const asked = caseOf([call("Status", {}, { checks: [check()] })]);
    expect((await judged(asked, hang)).checks).to.have.length(1);
    // A SHOULD that hung was hung on all the same; only a waiver of its own rule takes it in.
    const lesser = await judged(caseOf([call("Status", {}, { checks: [check({ level: "SHOULD", covers: ["Toy-02"] })] })]), hang);
    expect([lesser.verdict, lesser.checks.map(({ covers, level }) => ({ covers, level }))]).to.deep.equal(["failed", [{ covers: ["Toy-02"], level: "SHOULD" }, { covers: ["Toy-02"], level: "MUST" }]]);
    const polled = await judged(caseOf([call("Status", {}, { checks: [check()], eventuallyMs: 100 })]), hang);
    expect([polled.verdict, polled.checks.map(({ ok }) => ok)]).to.deep.equal(["failed", [false]]);
    expect((await judged(caseOf([call("CheckpointContainer", {}, { checks: [check()] })]), () => ({ code: "UNIMPLEMENTED" }))).verdict).to.equal("unsupported");
  });

  it("is broken by set-up that does not hold, and goes no further", async () => {
    const setUp = check({ covers: [], expect: { version: "0.2" } });
    const steps = (part: Partial<PlanStep>): PlanStep[] => [call("Version", {}, part), call("Status", {}, { checks: [check()] })];
    const reply: Reply = (rpc) => (rpc === "Version" ? { response: { version: "0.1" } } : { code: "NOT_FOUND" });
    for (const part of [{ checks: [setUp] }, { checks: [setUp], eventuallyMs: 20 }]) {
      const done = await judged(caseOf(steps(part)), reply);
      expect([done.verdict, done.checks]).to.deep.equal(["broken", []]);
      expect(done.reason).to.contain("the set-up does not hold: Version: ").and.to.contain("0.2").and.to.contain("0.1").and.to.contain("suite.yaml");
      expect(done.calls).to.not.include("Status");
    }
    // A rule that was broken beside it counts.
    expect((await judged(caseOf(steps({ checks: [setUp, check({ that: [{ source: "false", at }] })] })), reply)).verdict).to.equal("failed");
    // So does a call that hung, under no rule: no waiver takes it in.
    const hung = await judged(caseOf(steps({ checks: [setUp] })), () => ({ code: "DEADLINE_EXCEEDED", fromRuntime: false }));
    expect([hung.verdict, hung.checks.map(({ covers, level }) => ({ covers, level }))]).to.deep.equal(["failed", [{ covers: [], level: "MUST" }]]);
    expect((await judged(caseOf(steps({ checks: [setUp] })), () => ({ code: "INTERNAL" }))).verdict).to.equal("broken");
  });

  it("warns of a broken SHOULD and goes on after a false check", async () => {
    const wrong = check({ level: "SHOULD", expect: { version: "0.2" } });
    const done = await judged(caseOf([call("Version", {}, { checks: [wrong] }), call("Status", {})]), () => ({ response: { version: "0.1" } }));
    expect(done.verdict).to.equal("warned");
    expect(done.calls).to.deep.equal(["Version", "Status"]);
    expect(done.messages[0]).to.contain("0.2").and.to.contain("0.1");
  });

  it("runs the steps inside a script when their turn comes, and keeps what they named", async () => {
    const server = createServer((socket) => socket.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const to = `tcp://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const inner = [call("Version", {}, { as: "seen", checks: [check({ covers: ["GEN-06"] })] })];
    const dial: PlanStep = { at, verb: { kind: "harness", name: "dial", input: { to, script: [{ await: "hello" }, { steps: 0n }] }, nested: [inner] }, everyMs: 1, checks: [check({ that: [{ source: "seen.version == '1' && string(result.received) == 'hello'", at }] })], save: {} };
    const done = await judged(caseOf([dial]), () => ({ response: { version: "1" } }));
    server.close();
    expect([done.verdict, done.reason, done.calls, done.messages.length]).to.deep.equal(["passed", "", ["Version"], 2]);
  });

  it("keeps the names of rounds as a list, and polls until it holds", async () => {
    let turn = 0;
    const steps = [
      call("Version", {}, { repeat: 3n, as: "seen" }),
      { at, verb: { kind: "check" as const, name: "check" as const, that: [{ source: "seen.map(s, s.version) == ['1', '2', '3']", at }] }, everyMs: 1, checks: [check()], save: {} },
      call("Version", {}, { eventuallyMs: 2000, checks: [check({ that: [{ source: "response.version == '6'", at }] })] }),
    ];
    const done = await judged(caseOf(steps), () => ({ response: { version: String(++turn) } }));
    expect(done.messages).to.deep.equal(["", ""]);
    expect(done.verdict).to.equal("passed");
    expect(turn).to.equal(6);
  });

  it("keeps live values live in rounds", async () => {
    const live = { get n() { return BigInt(performance.now() - begun > 30 ? 1 : 0); } };
    const begun = performance.now();
    const verb = { kind: "check" as const, name: "check" as const, that: [{ source: "w.n == 1", at }] };
    const step = { at, verb, each: { name: "w", list: "${[matrix]}" }, eventuallyMs: 2000, everyMs: 5, checks: [check()], save: {} };
    expect((await judged(caseOf([step], { matrix: live }), () => ({}))).verdict).to.equal("passed");
  });

  it("accepts as error only what the runtime sent", async () => {
    const step = call("Status", {}, { checks: [check({ codes: ["error"] })] });
    expect((await judged(caseOf([step]), () => ({ code: "NOT_FOUND" }))).verdict).to.equal("passed");
    expect((await judged(caseOf([step]), () => ({ code: "UNAVAILABLE", fromRuntime: false }))).verdict).to.equal("failed");
    expect((await judged(caseOf([step]), () => ({ code: "UNIMPLEMENTED" }))).verdict).to.equal("failed");
  });
});
