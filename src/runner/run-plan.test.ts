import { expect } from "chai";
import { describe, it } from "mocha";
import type { RunEvent, RunInfo } from "../model/event.ts";
import type { PlanCase } from "../model/plan.ts";
import type { CaseResult, CheckResult, Verdict } from "../model/verdict.ts";
import { type RunDeps, type RunOptions, runPlan, type RunSummary } from "./run-plan.ts";
import type { Waiver } from "./waivers.ts";

const run: RunInfo = {
  runId: "r", criteriaVersion: "0", contract: "1.37", argv: [], endpoint: "unix:///x", imageEndpoint: "unix:///x", api: "v1",
  runtimeName: "toy", runtimeVersion: "1.2.3", profile: "", handler: "", host: {},
};

function planCase(id: string, extra: Partial<PlanCase> = {}): PlanCase {
  return {
    id, about: "A case.", suite: "toys", at: { file: "toys.yaml", line: 1, column: 1 }, matrix: {}, given: [], steps: [], deadlineMs: 1000,
    api: "v1", robustness: false, requirements: ["Toy-01"], level: "MUST", ...extra,
  };
}

function result(item: PlanCase, verdict: Verdict, checks: readonly CheckResult[] = []): CaseResult {
  return {
    id: item.id, suite: item.suite, about: item.about, file: item.at.file, line: 1, verdict, ...(verdict === "passed" ? {} : { reason: "because" }), checks,
    requirements: item.requirements, level: item.level, robustness: item.robustness, startedMs: 0, durationMs: 1, leftovers: [],
  };
}

function check(level: CheckResult["level"], ok: CheckResult["ok"], covers = "Toy-01"): CheckResult {
  return { covers: [covers], level, ok, at: "toys.yaml:1:1", verb: "Version", calls: [], ...(ok === true ? {} : { message: "no" }) };
}

interface Wanted {
  readonly cases: readonly PlanCase[];
  readonly runCase?: RunDeps["runCase"];
  readonly verdict?: Verdict;
  readonly options?: Partial<RunOptions>;
  readonly deps?: Partial<RunDeps>;
}

async function play(wanted: Wanted): Promise<RunSummary & { events: RunEvent[] }> {
  const events: RunEvent[] = [];
  const deps: RunDeps = {
    runCase: wanted.runCase ?? (async (item) => result(item, wanted.verdict ?? "passed")), invariants: () => [], now: () => 0, run,
    emit: (event) => { events.push(event); }, runtime: { look: async () => ({ state: "answers", said: "OK" }), revive: () => Promise.reject(new Error("not used")) }, ...wanted.deps,
  };
  const options: RunOptions = {
    jobs: 4, bail: false, repeat: 1, level: "MUST", waivers: [], today: "2030-01-01", interrupt: new AbortController().signal, ...wanted.options,
  };
  return { ...(await runPlan({ contract: "1.37", cases: wanted.cases, invariants: [] }, deps, options)), events };
}

const waiver: Waiver = { case: "a.*", requirement: "Toy-01", versions: "*", reason: "known", at: "w.yaml:2" };
const broken = (item: PlanCase): CaseResult => result(item, "failed", [check("MUST", false)]);

describe("runPlan", () => {
  const exits: readonly (readonly [Verdict, number])[] = [
    ["passed", 0], ["warned", 0], ["failed", 1], ["broken", 4], ["waived", 0], ["unexpected-pass", 1], ["not-run", 4],
  ];
  for (const [verdict, exit] of exits) {
    it(`exits ${exit} for ${verdict}`, async () => {
      const { exitCode } = await play({ cases: [planCase("a.b"), planCase("a.c")], runCase: async (item) => result(item, item.id === "a.b" ? "passed" : verdict) });
      expect(exitCode).to.equal(exit);
    });
  }
  for (const verdict of ["unsupported", "not-applicable", "blocked"] as const) {
    it(`does not start a case known to be ${verdict}, and a run that judged nothing exits 4`, async () => {
      const { results, exitCode } = await play({ cases: [planCase("a.b", { skip: { verdict, reason: "absent" } })], runCase: () => Promise.reject(new Error("started")) });
      expect(results[0]).to.include({ verdict, reason: "absent" });
      expect(exitCode).to.equal(4);
    });
  }
  it("lets failed win over broken", async () => {
    const { exitCode } = await play({ cases: [planCase("a.b"), planCase("a.c")], runCase: async (item) => result(item, item.id === "a.b" ? "broken" : "failed") });
    expect(exitCode).to.equal(1);
  });
  it("calls a case whose engine throws broken", async () => {
    const { results } = await play({ cases: [planCase("a.b")], runCase: () => Promise.reject(new Error("boom")) });
    expect(results[0]).to.include({ verdict: "broken", reason: "boom" });
  });
  it("fails a broken SHOULD only when asked", async () => {
    const runCase = async (item: PlanCase): Promise<CaseResult> => result(item, "warned", [check("SHOULD", false)]);
    expect((await play({ cases: [planCase("a.b")], runCase })).results[0]?.verdict).to.equal("warned");
    expect((await play({ cases: [planCase("a.b")], runCase, options: { level: "SHOULD" } })).exitCode).to.equal(1);
  });
  it("runs alone cases when nothing else is under way", async () => {
    let running = 0;
    let seen = 0;
    const runCase = async (item: PlanCase): Promise<CaseResult> => {
      running += 1;
      if (item.alone !== undefined) seen = Math.max(seen, running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      return result(item, "passed");
    };
    await play({ cases: [planCase("a.one", { alone: "x" }), planCase("a.two"), planCase("a.three"), planCase("a.four", { alone: "x" })], runCase });
    expect(seen).to.equal(1);
  });
  it("runs a group side by side and beside nothing else, tells who is in it and who has ended; with one job by itself", async () => {
    const cases = [planCase("a.one", { alone: "x", group: "g" }), planCase("a.two"), planCase("a.three", { alone: "x" }), planCase("a.four", { alone: "x", group: "g" })];
    for (const [jobs, wanted] of [[4, ["a.one a.four", "a.three"]], [1, ["a.one", "a.three", "a.four"]]] as const) {
      const running = new Set<string>();
      const widest = new Map<string, number>();
      const parties: string[] = [];
      const left: string[] = [];
      const runCase = async (item: PlanCase): Promise<CaseResult> => {
        running.add(item.id);
        for (const id of running) widest.set(id, Math.max(widest.get(id) ?? 0, running.size));
        await new Promise((resolve) => setTimeout(resolve, 5));
        running.delete(item.id);
        return result(item, "passed");
      };
      await play({ cases, runCase, options: { jobs }, deps: { parties: { open: (ids) => { parties.push(ids.join(" ")); }, leave: (id) => { left.push(id); } } } });
      expect(parties).to.deep.equal(wanted);
      expect(["a.one", "a.two", "a.three", "a.four"].map((id) => widest.get(id))).to.deep.equal(jobs === 1 ? [1, 1, 1, 1] : [2, 1, 1, 2]);
      expect(left).to.have.members(cases.map(({ id }) => id));
    }
  });
  it("starts nothing more after an interrupt, cancels what runs, and exits 130", async () => {
    const controller = new AbortController();
    const runCase = (item: PlanCase, signal: AbortSignal): Promise<CaseResult> => new Promise((resolve) => {
      signal.addEventListener("abort", () => { resolve(result(item, "broken")); });
      controller.abort("SIGINT");
    });
    const { results, exitCode, interrupted } = await play({ cases: [planCase("a.b"), planCase("a.c")], runCase, options: { jobs: 1, interrupt: controller.signal } });
    expect(results.map((item) => item.verdict)).to.deep.equal(["not-run", "not-run"]);
    expect([exitCode, interrupted]).to.deep.equal([130, true]);
  });
  describe("when the runtime is lost", () => {
    const gone = { state: "gone" as const, said: "UNAVAILABLE: connect ECONNREFUSED" };
    const there = { state: "answers" as const, said: "OK" };
    /** A runtime that dies of some cases, so often; the rest find it dead or pass. */
    function mortal(deadly: Readonly<Record<string, number>>) {
      const lives = { ...deadly };
      const begun: string[] = [];
      let isThere = true;
      const runCase = async (item: PlanCase): Promise<CaseResult> => {
        begun.push(item.id);
        await new Promise((resolve) => setTimeout(resolve, 5));
        const isDeadly = (lives[item.id] ?? 0) > 0;
        if (isDeadly) {
          lives[item.id] = (lives[item.id] ?? 0) - 1;
          isThere = false;
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
        return isThere && !isDeadly ? result(item, "passed") : result(item, "failed", [check("MUST", false)]);
      };
      const runtime = { look: async () => (isThere ? there : gone), revive: async () => { isThere = true; return "it was brought back"; } };
      return { runCase, deps: { runtime }, begun };
    }
    const lost = (results: readonly CaseResult[]): CaseResult | undefined => results.find(({ id }) => id === "run.runtime-lost");

    it("judges again what was under way once it is back, and tells of the loss", async () => {
      const { runCase, deps, begun } = mortal({ "a.c": 1 });
      const { results, exitCode, events } = await play({ cases: ["a.b", "a.c", "a.d", "a.e"].map((id) => planCase(id)), runCase, deps, options: { jobs: 2 } });
      expect(results.map(({ id, verdict }) => `${id} ${verdict}`)).to.deep.equal(["a.b passed", "a.c passed", "a.d passed", "a.e passed", "run.runtime-lost failed"]);
      expect(begun).to.deep.equal(["a.b", "a.c", "a.d", "a.e", "a.b", "a.c"]);
      expect(lost(results)?.reason).to.match(/^GEN-01 \(MUST\): the runtime was lost while a\.b, a\.c ran: Version: UNAVAILABLE: connect ECONNREFUSED; it was brought back after 0\.0 s/);
      expect(exitCode).to.equal(1);
      expect(events.filter((event) => event.type === "case-ended")).to.have.length(5);
    });
    it("names the one that loses it every time", async () => {
      const { runCase, deps } = mortal({ "a.c": 9 });
      const { results } = await play({ cases: ["a.b", "a.c", "a.d"].map((id) => planCase(id)), runCase, deps, options: { jobs: 3 } });
      expect(results.map(({ verdict }) => verdict)).to.deep.equal(["passed", "failed", "passed", "failed"]);
      expect(lost(results)?.checks.map(({ message }) => /while (.*) ran/.exec(message ?? "")?.[1])).to.deep.equal(["a.b, a.c, a.d", "a.c"]);
    });
    it("lets a waiver speak of the loss, and counts none of what only robustness cases met", async () => {
      const known: Waiver = { ...waiver, case: "run.runtime-lost", requirement: "GEN-01", intermittent: true };
      const { runCase, deps } = mortal({ "a.b": 1 });
      const one = await play({ cases: [planCase("a.b")], runCase, deps: { ...deps, knownCase: () => false }, options: { waivers: [known] } });
      expect([lost(one.results)?.verdict, one.exitCode]).to.deep.equal(["waived", 0]);
      const two = await play({ cases: [planCase("a.b"), planCase("r.x", { robustness: true })], ...mortal({ "r.x": 1 }), options: { jobs: 1 } });
      expect([lost(two.results)?.verdict, two.exitCode]).to.deep.equal(["failed", 0]);
    });
    it("runs no more cases where it does not come back", async () => {
      const runtime = { look: async () => gone, revive: () => Promise.reject(new Error("no")) };
      const { results, exitCode } = await play({ cases: [planCase("a.b"), planCase("a.c")], verdict: "broken", options: { jobs: 1 }, deps: { runtime } });
      expect(results.map((item) => item.verdict)).to.deep.equal(["broken", "not-run", "failed"]);
      expect(lost(results)?.reason).to.match(/it did not come back: no$/);
      expect(exitCode).to.equal(1);
    });
    it("takes one that is silent for a moment, or fails a case, for what it is", async () => {
      let looks = 0;
      const runtime = { look: async () => (looks++ < 2 ? { state: "silent" as const, said: "DEADLINE_EXCEEDED" } : there), revive: () => Promise.reject(new Error("no")) };
      const { results } = await play({ cases: [planCase("a.b"), planCase("a.c")], verdict: "failed", options: { jobs: 1 }, deps: { runtime } });
      expect(results.map(({ verdict }) => verdict)).to.deep.equal(["failed", "failed"]);
    });
  });
  it("stops after the first failure with --bail", async () => {
    const { results } = await play({ cases: [planCase("a.b"), planCase("a.c")], verdict: "failed", options: { jobs: 1, bail: true } });
    expect(results[1]).to.include({ verdict: "not-run", reason: "stopped by --bail after a.b" });
  });
  it("reports a verdict that changes between repeats", async () => {
    let round = 0;
    const { results } = await play({ cases: [planCase("a.b")], runCase: async (item) => result(item, round++ === 1 ? "failed" : "passed"), options: { repeat: 3 } });
    expect(results[0]?.verdict).to.equal("failed");
    expect(results[0]?.reason).to.contain("changed over 3 runs: passed, failed, passed");
  });
  it("waives a known breach, and counts the other checks of the case", async () => {
    const waived = await play({ cases: [planCase("a.b")], runCase: async (item) => broken(item), options: { waivers: [waiver] } });
    expect([waived.results[0]?.verdict, waived.exitCode]).to.deep.equal(["waived", 0]);
    const other = await play({
      cases: [planCase("a.b")], options: { waivers: [waiver] },
      runCase: async (item) => result(item, "failed", [check("MUST", false), check("MUST", false, "Toy-02")]),
    });
    expect(other.results[0]?.verdict).to.equal("failed");
  });
  it("counts an open breach of the level that the run asks for", async () => {
    const two = async (item: PlanCase): Promise<CaseResult> => result(item, "failed", [check("MUST", false), check("SHOULD", false, "Toy-02")]);
    const verdictAt = async (level: RunOptions["level"], runCase: RunDeps["runCase"] = two, own: Waiver = waiver): Promise<string | undefined> =>
      (await play({ cases: [planCase("a.b")], runCase, options: { level, waivers: [own] } })).results[0]?.verdict;
    expect([await verdictAt("MUST"), await verdictAt("SHOULD"), await verdictAt("MAY")]).to.deep.equal(["waived", "failed", "failed"]);
    const other = async (item: PlanCase): Promise<CaseResult> => result(item, "warned", [check("SHOULD", false, "Toy-02")]);
    const intermittent = { ...waiver, intermittent: true };
    expect([await verdictAt("MUST", other, intermittent), await verdictAt("SHOULD", other, intermittent)]).to.deep.equal(["warned", "failed"]);
  });
  it("does not take a hang for the breach that is waived", async () => {
    const hang: CheckResult = { ...check("MUST", false), covers: [] };
    for (const checks of [[hang], [check("MUST", false), hang]]) {
      const { results } = await play({ cases: [planCase("a.b")], runCase: async (item) => result(item, "failed", checks), options: { waivers: [waiver] } });
      expect(results[0]?.verdict).to.equal("failed");
    }
  });
  it("reports a waived case that passes, unless the breach is intermittent", async () => {
    const cases = [planCase("a.b")];
    expect((await play({ cases, options: { waivers: [waiver] } })).results[0]?.verdict).to.equal("unexpected-pass");
    expect((await play({ cases, options: { waivers: [{ ...waiver, intermittent: true }] } })).results[0]?.verdict).to.equal("passed");
  });
  it("reports waivers that are expired or match no case", async () => {
    const expired = await play({ cases: [planCase("a.b")], runCase: async (item) => broken(item), options: { waivers: [{ ...waiver, expires: "2029-12-31" }] } });
    expect(expired.results.map((item) => item.verdict)).to.deep.equal(["failed", "unexpected-pass"]);
    const unmatched = await play({ cases: [planCase("a.b")], options: { waivers: [waiver] }, deps: { knownCase: () => false } });
    expect(unmatched.results.at(-1)).to.include({ suite: "waivers", verdict: "unexpected-pass" });
    expect(unmatched.exitCode).to.equal(1);
  });
  it("does not count invariants that saw no message, drafts and robustness cases", async () => {
    const cases = [planCase("a.b"), planCase("a.c", { robustness: true })];
    const runCase = async (item: PlanCase): Promise<CaseResult> => result(item, item.robustness ? "failed" : "passed");
    const { exitCode } = await play({ cases, runCase, deps: { invariants: () => [result(planCase("invariant.x"), "not-run"), { ...result(planCase("a.d"), "failed"), draft: "new" }] } });
    expect(exitCode).to.equal(0);
  });
  it("tells each case's end once, between the run's start and end", async () => {
    const { events } = await play({ cases: [planCase("a.b")] });
    expect(events.map((event) => event.type)).to.deep.equal(["run-started", "case-started", "case-ended", "run-ended"]);
  });
});
