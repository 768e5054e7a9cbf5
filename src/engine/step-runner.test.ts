import { expect } from "chai";
import { describe, it } from "mocha";
import type { PlanStep } from "../model/plan.ts";
import type { CheckResult } from "../model/verdict.ts";
import type { StepOutcome } from "../steps/step.ts";
import { CaseEnd } from "./end.ts";
import { noCall } from "./judge.ts";
import { Scope } from "./scope.ts";
import { StepRunner } from "./step-runner.ts";

const at = { file: "suite.yaml", line: 3, column: 1 };

function step(name: string, part: Partial<PlanStep> = {}): PlanStep {
  return { at, verb: { kind: "rpc", name, input: {} }, everyMs: 1, checks: [], save: {}, ...part };
}

function looking(source: string, part: Partial<PlanStep> = {}): PlanStep {
  return step("check", { verb: { kind: "check", name: "check", that: [{ source, at }] }, checks: [{ that: [], covers: ["GEN-05"], level: "MUST", at }], ...part });
}

/** Runs the steps; what each call gives is looked up by its name. */
async function run(steps: readonly PlanStep[], outcomes: Readonly<Record<string, () => Partial<StepOutcome>>>): Promise<{ readonly end: unknown; readonly checks: readonly CheckResult[] }> {
  const checks: CheckResult[] = [];
  const runner = new StepRunner({
    api: "v1", stall: { between: () => 0, stop: () => undefined }, signal: new AbortController().signal,
    perform: ({ verb }) => Promise.resolve({ ...noCall(verb.name), ...outcomes[verb.name]?.() }),
    seqs: () => [], unsupported: () => undefined, bound: () => undefined,
  });
  const end = await runner.runAll(steps, new Scope(undefined), (check) => checks.push(check)).then(() => undefined, (thrown: unknown) => thrown);
  return { end, checks };
}

describe("parallel branches", () => {
  const branches = ["Broken", "Hung"].map((name) => ({ name, steps: [step(name)] }));
  const outcomes = { Broken: () => ({ code: "INTERNAL" as const }), Hung: () => ({ code: "UNAVAILABLE" as const, fromRuntime: false, wireFault: "Connection dropped" }) };

  for (const [order, listed] of [["first", branches], ["last", branches.toReversed()]] as const) {
    it(`end with the runtime's failure where the branch that broke is the ${order}`, async () => {
      const { end } = await run([step("parallel", { verb: { kind: "parallel", name: "parallel", branches: listed } })], outcomes);
      expect(end).to.be.instanceOf(CaseEnd).and.to.include({ verdict: "failed" });
      expect(String(end)).to.contain("the runtime broke off: Hung answered UNAVAILABLE");
    });
  }
});

describe("a stream that a step left open", () => {
  const garbled = { garbage: "not a ContainerEventResponse: index out of range" };

  it("ends the case at what cannot be decoded, and a poll at once", async () => {
    const stream: { garbage: string | undefined } = { garbage: undefined };
    let looks = 0;
    const watching = { watch: () => ({ stream }), Look: () => { if (++looks === 3) Object.assign(stream, garbled); return {}; } };
    const { end, checks } = await run([step("watch"), looking("1 == 1"), step("Look", { eventuallyMs: 60_000, checks: [{ that: [{ source: "1 == 2", at }], covers: ["GEN-05"], level: "MUST", at }] })], watching);
    expect(end).to.be.instanceOf(CaseEnd).and.to.deep.include({ verdict: "failed", final: true, told: [] });
    expect(String(end)).to.contain("watch").and.to.contain("not a ContainerEventResponse: index out of range").and.to.contain("suite.yaml:3");
    expect([looks, checks.map((check) => check.ok)]).to.deep.equal([3, [true]]);
  });

  it("ends the case also where that came during its last step", async () => {
    const stream: { garbage: string | undefined } = { garbage: undefined };
    const { end } = await run([step("watch"), step("Last")], { watch: () => ({ stream }), Last: () => { Object.assign(stream, garbled); return {}; } });
    expect(end).to.include({ verdict: "failed" });
  });
});
