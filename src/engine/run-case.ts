/** Runs one case of the plan: fixtures, steps, undo, verdict. */
import { createHash, randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { HarnessError, messageOf } from "../model/errors.ts";
import type { Answer } from "../cri/client.ts";
import { asRecord } from "../cri/message.ts";
import type { PlanCase, PlanStep } from "../model/plan.ts";
import { baseOf, placeOf } from "../model/plan.ts";
import type { CaseResult, CheckResult } from "../model/verdict.ts";
import { outcomeOfAnswer } from "../steps/outcome.ts";
import { checkResult } from "../steps/result-shape.ts";
import type { StepContext, StepOutcome } from "../steps/step.ts";
import { verbOf } from "../steps/verbs.ts";
import { CaseEnd } from "./end.ts";
import type { CaseEnvironment, CommonFixture } from "./environment.ts";
import { Fixtures } from "./fixtures.ts";
import { type Report, type Undo, UndoStack } from "./ledger.ts";
import { Recorder } from "./recorder.ts";
import { Scope } from "./scope.ts";
import { StepRunner } from "./step-runner.ts";
import { verdictOf } from "./verdict-of.ts";
import type { Judged } from "./verdict-of.ts";

/** A namespace that no other case of any run has. */
function namespaceOf({ runId }: CaseEnvironment, caseId: string): string {
  return `criteria-${createHash("sha256").update(`${runId} ${caseId}`).digest("hex").slice(0, 12)}`;
}

/** What one case holds while it runs. */
class CaseRun {
  readonly checks: CheckResult[] = [];
  readonly undo = new UndoStack();
  readonly #item: PlanCase;
  readonly #environment: CaseEnvironment;
  readonly #signal: AbortSignal;
  readonly #recorder: Recorder;
  readonly #logPaths = new Map<string, string>();
  readonly #common: CommonFixture | undefined;
  readonly #namespace: string;
  readonly #absentId = randomBytes(32).toString("hex");
  #at = "the fixtures";

  constructor(item: PlanCase, environment: CaseEnvironment, signal: AbortSignal, common: CommonFixture | undefined) {
    this.#item = item;
    this.#environment = environment;
    this.#signal = signal;
    this.#common = common;
    this.#namespace = namespaceOf(environment, item.id);
    this.#recorder = this.#recorderFor((label, action) => this.undo.push(label, action));
  }

  #recorderFor(undo: Undo): Recorder {
    const client = this.#item.api === "v1" ? this.#environment.client : this.#environment.olderClient;
    if (client === undefined) {
      throw new CaseEnd("the runtime does not serve v1alpha2", "unsupported", true);
    }
    return new Recorder({ caseId: this.#item.id, environment: this.#environment, client, undo, signal: this.#signal });
  }

  /** Where the case is, for a deadline that runs out. */
  get place(): string {
    return this.#at;
  }

  async run(): Promise<void> {
    const environment = this.#environment;
    const scope = new Scope(undefined, { ...this.#everywhere(this.#item.id, this.#namespace), matrix: this.#item.matrix });
    await this.#makeBefore(scope);
    const fixtures = this.#fixtures(this.#item.id, this.#namespace, this.#recorder, (label, action) => this.undo.push(label, action), this.#logPaths);
    await fixtures.make(this.#item.given, scope);
    const runner = new StepRunner({
      api: this.#item.api,
      stall: environment.stall,
      signal: this.#signal,
      perform: (step, input, inner, runNested) => this.#perform(step, input, inner, runNested),
      seqs: (outcome) => this.#seqs(outcome.answers),
      unsupported: (outcome) => this.#unsupported(outcome),
      bound: (name, value) => environment.emit({ type: "binding", at: environment.now(), case: this.#item.id, name, value }),
    });
    await runner.runAll(this.#item.steps, scope, (check) => this.#add(check));
  }

  /** Tells a failure of the whole case that no check of it has told as such. */
  fail(message: string, covers: readonly string[]): void {
    this.#add({ covers, level: "MUST", ok: false, at: placeOf(this.#item.at), verb: "case", message, calls: [] });
  }

  #add(check: CheckResult): void {
    this.checks.push(check);
    this.#environment.emit({ type: "check", at: this.#environment.now(), case: this.#item.id, check });
  }

  #everywhere(id: string, namespace: string): Record<string, unknown> {
    const { target, host } = this.#environment;
    const driver = asRecord(asRecord(target["config"])?.["linux"])?.["cgroup_driver"];
    return { target, host, case: { id, namespace, cgroup: `/${namespace}${driver === "SYSTEMD" ? ".slice" : ""}` }, absent: { id: this.#absentId } };
  }

  #fixtures(caseId: string, namespace: string, client: Recorder, undo: Undo, logPaths: Map<string, string>): Fixtures {
    const environment = this.#environment;
    return new Fixtures({
      caseId, environment, client, sharedClient: this.#recorderFor(environment.shared.undo), signal: this.#signal, namespace,
      logDirectory: join(environment.logRoot, namespace), absentId: () => randomBytes(32).toString("hex"), undo, logPaths,
    });
  }

  /** What the cells of the matrix have in common, made by the first of them under the name of the whole case. */
  async #makeBefore(scope: Scope): Promise<void> {
    const { id, before } = this.#item;
    const common = this.#common;
    if (before === undefined || common === undefined) return;
    const made = await common.get("before", async () => {
      const namespace = namespaceOf(this.#environment, baseOf(id));
      const inner = new Scope(new Scope(undefined, this.#everywhere(baseOf(id), namespace)));
      await this.#fixtures(baseOf(id), namespace, this.#recorderFor(common.undo), common.undo, common.logPaths).make(before, inner);
      return Object.fromEntries(inner.saved());
    });
    for (const [name, value] of Object.entries(made)) scope.set(name, value);
  }

  #seqs(answers: readonly Answer[]): number[] {
    return answers.map((answer) => this.#recorder.seqOf(answer)).filter((seq) => seq !== undefined);
  }

  #unsupported(outcome: StepOutcome): string | undefined {
    if (outcome.code !== "UNIMPLEMENTED" || !outcome.fromRuntime) {
      return undefined;
    }
    const rpc = outcome.answers[0]?.rpc ?? outcome.verb;
    const feature = this.#environment.optionalRpcs.get(rpc);
    return feature === undefined || this.#environment.claimed.has(feature) ? undefined : `${rpc} is UNIMPLEMENTED: the runtime lacks ${feature}`;
  }

  async #perform(step: PlanStep, input: unknown, scope: Scope, runNested: (list: number) => Promise<void>): Promise<StepOutcome> {
    this.#at = `${step.verb.name} (${placeOf(step.at)})`;
    const message = asRecord(input) ?? {};
    const limits = {
      ...(step.deadlineMs === undefined ? {} : { deadlineMs: step.deadlineMs }),
      ...(step.receiveLimitBytes === undefined ? {} : { receiveLimitBytes: step.receiveLimitBytes }),
    };
    if (step.verb.kind === "rpc") {
      return outcomeOfAnswer(await this.#recorder.call(step.verb.name, message, limits));
    }
    const verb = verbOf(step.verb.name);
    if (verb === undefined) {
      throw new HarnessError("SUITE_INVALID", `no verb '${step.verb.name}'`, { hint: "Run criteria lint." });
    }
    const outcome = await verb.run(message, this.#context(step, scope, runNested));
    checkResult(verb.schema, outcome.result);
    return outcome;
  }

  #context(step: PlanStep, scope: Scope, runNested: (list: number) => Promise<void>): StepContext {
    const environment = this.#environment;
    const bindings = scope.bindings();
    const idOf = (name: string): string | undefined => {
      const id = asRecord(bindings[name])?.["id"];
      return typeof id === "string" ? id : undefined;
    };
    const podId = idOf("pod");
    const containerId = idOf("container");
    return {
      client: this.#recorder,
      handler: environment.handler,
      signal: this.#signal,
      ...(step.deadlineMs === undefined ? {} : { deadlineMs: step.deadlineMs }),
      bindings,
      host: environment.hostServices,
      ...(podId === undefined ? {} : { podId }),
      ...(containerId === undefined ? {} : { containerId }),
      logPathOf: (id) => this.#logPaths.get(id) ?? this.#common?.logPaths.get(id),
      undo: (label, action, order) => this.undo.push(label, action, order),
      runSteps: runNested,
      observe: (verb, input, result, elapsedMs) =>
        environment.emit({ type: "observation", at: environment.now(), case: this.#item.id, verb, step: placeOf(step.at), input, result, elapsedMs }),
    };
  }
}

function judgedBy(error: unknown, run: CaseRun | undefined, environment: CaseEnvironment, timedOut: boolean, stopped: boolean): Judged {
  const sofar = verdictOf(run?.checks ?? [], environment.level);
  if (sofar.verdict === "failed") {
    return sofar;
  }
  if (stopped) {
    return { verdict: "not-run", reason: "interrupted" };
  }
  if (timedOut) {
    return { verdict: "broken", reason: `the case's deadline passed at ${run?.place ?? "the start"}` };
  }
  if (error instanceof CaseEnd) {
    return error.verdict === undefined ? sofar : { verdict: error.verdict, reason: error.message };
  }
  return error === undefined ? sofar : { verdict: "broken", reason: messageOf(error) };
}

/** Runs the case to its end, undo included. Never throws for what the runtime does. */
export async function runCase(item: PlanCase, environment: CaseEnvironment, signal: AbortSignal): Promise<CaseResult> {
  const startedMs = environment.now();
  environment.emit({ type: "case-started", at: startedMs, id: item.id });
  const resultOf = (judged: Judged, checks: readonly CheckResult[], leftovers: readonly string[]): CaseResult => ({
    id: item.id,
    suite: item.suite,
    about: item.about,
    file: item.at.file,
    line: item.at.line,
    ...judged,
    checks,
    requirements: item.requirements,
    level: item.level,
    robustness: item.robustness,
    ...(item.draft === undefined ? {} : { draft: item.draft }),
    startedMs,
    durationMs: environment.now() - startedMs,
    leftovers,
  });
  if (item.skip !== undefined) {
    return resultOf(item.skip, [], []);
  }
  const deadline = AbortSignal.timeout(item.deadlineMs);
  const either = AbortSignal.any([signal, deadline]);
  // Every call under way listens.
  setMaxListeners(0, either);
  const common = item.before === undefined ? undefined : environment.common.enter(item.id);
  let run: CaseRun | undefined;
  let thrown: unknown;
  const begun = performance.now();
  try {
    run = new CaseRun(item, environment, either, common);
    await run.run();
  } catch (error) {
    thrown = error;
  }
  if (thrown instanceof CaseEnd && thrown.verdict === "failed" && !thrown.told.some(({ level }) => level === "MUST")) {
    // A check of its own, under no rule but those that it has broken: a waiver of another one must not take it in.
    run?.fail(thrown.message, thrown.told.flatMap(({ covers }) => covers));
  }
  const timedOut = thrown !== undefined && deadline.aborted && performance.now() - begun >= item.deadlineMs;
  const judged = judgedBy(thrown, run, environment, timedOut, thrown !== undefined && signal.aborted);
  if (environment.keepsObjects?.(resultOf(judged, run?.checks ?? [], [])) === true) {
    for (const label of [...(run?.undo.keepObjects() ?? []), ...(common?.keepObjects() ?? [])]) {
      environment.ledger.write({ op: "left", case: item.id, label });
      environment.emit({ type: "undo", at: environment.now(), case: item.id, label, ok: false, message: "kept for a look" });
    }
  }
  const report: Report = (label, failure) => {
    environment.ledger.write({ op: failure === undefined ? "undone" : "left", case: item.id, label });
    environment.emit({ type: "undo", at: environment.now(), case: item.id, label, ok: failure === undefined, ...(failure === undefined ? {} : { message: failure }) });
  };
  const leftovers = [...(await run?.undo.unwind(report) ?? []), ...(await common?.leave(report) ?? [])];
  return resultOf(judged, run?.checks ?? [], leftovers);
}
