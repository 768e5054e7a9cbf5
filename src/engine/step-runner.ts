/** Runs steps: rounds outside `when` outside `eventually` or `consistently` outside the call. */
import { performance } from "node:perf_hooks";
import { evaluate, renderTemplate } from "../cel/api.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import type { PlanBranch, PlanStep, PlanVerb } from "../model/plan.ts";
import { placeOf } from "../model/plan.ts";
import type { CheckResult } from "../model/verdict.ts";
import { pause } from "../steps/wait.ts";
import type { LiveStream, StepOutcome } from "../steps/step.ts";
import { CaseEnd } from "./end.ts";
import { endIfNotSetUp, endIfUnacceptable, judge, noCall, outcomeBindings } from "./judge.ts";
import { Scope } from "./scope.ts";
import { settleAll } from "./settle-all.ts";
import type { ApiVersion } from "../cri/message.ts";
import type { StallMonitor } from "./stall.ts";

/** What the runner needs of the case around it. */
export interface StepHost {
  readonly api: ApiVersion;
  readonly stall: StallMonitor;
  readonly signal: AbortSignal;
  /** `runNested` runs a list of steps inside the step's script, by number. */
  perform(step: PlanStep, input: unknown, scope: Scope, runNested: (list: number) => Promise<void>): Promise<StepOutcome>;
  seqs(outcome: StepOutcome): readonly number[];
  /** Why an outcome means that the runtime lacks a feature. */
  unsupported(outcome: StepOutcome): string | undefined;
  bound(name: string, value: unknown): void;
}

/** Milliseconds that a loop of `until` rests after each round. */
const betweenRoundsMs = 25;

export type Sink = (check: CheckResult) => void;

/** The names that a step may set. */
function namesOf(step: PlanStep): string[] {
  return [...(step.as === undefined ? [] : [step.as]), ...Object.keys(step.save), ...innerSteps(step.verb).flatMap(namesOf)];
}

function innerSteps(verb: PlanVerb): readonly PlanStep[] {
  switch (verb.kind) {
    case "group": return verb.steps;
    case "parallel": return verb.branches.flatMap((branch) => branch.steps);
    case "harness": return (verb.nested ?? []).flat();
    default: return [];
  }
}

/** A name set in rounds is the list of its values, without the rounds that gave none. */
function collect(names: readonly string[], rounds: readonly Scope[], scope: Scope): void {
  for (const name of new Set(names)) {
    scope.set(
      name,
      rounds.flatMap((round) => round.saved().filter(([own]) => own === name).map(([, value]) => value)),
    );
  }
}

/** The values behind `${[first, second]}` or `${all}` themselves: what CEL gives are copies, and a subscriber must stay live. */
function liveList(template: unknown, bindings: Readonly<Record<string, unknown>>): unknown[] | undefined {
  const names = typeof template === "string" ? /^\$\{\s*(\[)?\s*([A-Za-z]\w*(?:\s*,\s*[A-Za-z]\w*)*)\s*\]?\s*\}$/.exec(template) : null;
  const values = (names?.[2] ?? "").split(/\s*,\s*/).map((name) => bindings[name]);
  if (names === null || values.includes(undefined)) {
    return undefined;
  }
  return names[1] === undefined ? (Array.isArray(values[0]) ? values[0] : undefined) : values;
}

export class StepRunner {
  readonly #host: StepHost;
  /** Streams that steps left open, with what names them. */
  readonly #streams: { readonly stream: LiveStream; readonly said: string }[] = [];

  constructor(host: StepHost) {
    this.#host = host;
  }

  async runAll(steps: readonly PlanStep[], scope: Scope, sink: Sink): Promise<void> {
    for (const step of steps) {
      await this.#rounds(step, scope, sink);
    }
    this.#endIfGarbled();
  }

  /** What cannot be decoded ends the case on a stream as in an answer: it would only be missing from what the stream gave. */
  #endIfGarbled(): void {
    for (const { stream, said } of this.#streams) {
      if (stream.garbage !== undefined) {
        throw new CaseEnd(`what came on the stream cannot be decoded: ${said} got ${JSON.stringify(stream.garbage)}`, "failed", true);
      }
    }
  }

  #cel<T>(step: PlanStep, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof CaseEnd) {
        throw error;
      }
      throw new CaseEnd(`${placeOf(step.at)}: ${messageOf(error)}`, "broken");
    }
  }

  #roundsOf(step: PlanStep, scope: Scope): Record<string, unknown>[] | undefined {
    const bindings = scope.bindings();
    if (step.each !== undefined) {
      const list = liveList(step.each.list, bindings) ?? renderTemplate(step.each.list, bindings);
      const name = step.each.name;
      if (!Array.isArray(list)) {
        throw new CaseEnd(`${placeOf(step.at)}: each wants a list`, "broken");
      }
      return list.map((value: unknown, at) => ({ [name]: value, index: BigInt(at) }));
    }
    if (step.repeat !== undefined) {
      return Array.from({ length: Number(renderTemplate(step.repeat, bindings)) }, (_none, at) => ({ index: BigInt(at) }));
    }
    return undefined;
  }

  async #rounds(step: PlanStep, scope: Scope, sink: Sink): Promise<void> {
    const rounds = this.#cel(step, () => this.#roundsOf(step, scope));
    if (rounds === undefined) {
      return this.#when(step, scope, sink);
    }
    const scopes: Scope[] = rounds.map((own) => new Scope(scope, own));
    const width = Math.max(1, Number(this.#cel(step, () => renderTemplate(step.concurrent ?? 1n, scope.bindings()))));
    const waiting = scopes.values();
    let stopped = false;
    // Workers share one iterator, so the order of starting is the order of the list.
    const worker = async (): Promise<void> => {
      for (const round of waiting) {
        if (stopped) {
          return;
        }
        try {
          await this.#when(step, round, sink);
        } catch (error) {
          stopped = true;
          throw error;
        }
      }
    };
    await settleAll(Array.from({ length: Math.min(width, scopes.length) }, worker));
    collect(namesOf(step), scopes, scope);
  }

  async #when(step: PlanStep, scope: Scope, sink: Sink): Promise<void> {
    const when = step.when;
    if (when !== undefined && this.#cel(step, () => evaluate(when.source, scope.bindings())) !== true) {
      return;
    }
    if (step.eventuallyMs !== undefined || step.consistentlyMs !== undefined) {
      return this.#poll(step, scope, sink);
    }
    return this.#once(step, scope, sink);
  }

  /** One attempt with its checks kept apart. */
  async #attempt(step: PlanStep, scope: Scope, explains: boolean): Promise<{ checks: CheckResult[]; scope: Scope; end?: CaseEnd }> {
    const checks: CheckResult[] = [];
    const inner = new Scope(scope);
    try {
      await this.#once(step, inner, (check) => checks.push(check), explains);
      return { checks, scope: inner };
    } catch (error) {
      if (error instanceof CaseEnd) {
        return { checks, scope: inner, end: error };
      }
      throw error;
    }
  }

  async #poll(step: PlanStep, scope: Scope, sink: Sink): Promise<void> {
    const wantsOnce = step.eventuallyMs !== undefined;
    const totalMs = step.eventuallyMs ?? step.consistentlyMs ?? 0;
    const startedMs = performance.now();
    for (let attempts = 1; ; attempts += 1) {
      // The runtime is given its time in full, whatever the harness itself lost of it.
      const beganMs = performance.now();
      const isLast = beganMs - startedMs - (wantsOnce ? this.#host.stall.between(startedMs, beganMs) : 0) >= totalMs;
      const last = await this.#attempt(step, scope, isLast || !wantsOnce);
      if (last.end?.final === true) {
        // The other checks of the attempt still had time.
        const told = new Set(last.end.told);
        last.checks.filter((check) => check.ok !== false || told.has(check)).forEach(sink);
        throw last.end;
      }
      const holds = last.end === undefined && last.checks.every((check) => check.ok !== false);
      if (isLast || holds === wantsOnce) {
        const note = ` (attempt ${attempts}, ${wantsOnce ? "the last" : "the first to fail"}, after ${Math.round(performance.now() - startedMs)} ms)`;
        last.checks.forEach((check) => sink(check.ok === false ? { ...check, message: `${check.message ?? ""}${note}` } : check));
        if (!holds) {
          throw new CaseEnd(`${last.end?.message ?? `${placeOf(step.at)} did not hold`}${note}`, last.end?.verdict);
        }
        scope.merge(last.scope);
        return;
      }
      await pause(step.everyMs, this.#host.signal);
    }
  }

  async #once(step: PlanStep, scope: Scope, sink: Sink, explains = true): Promise<void> {
    if (this.#host.signal.aborted) {
      throw new HarnessError("INTERRUPTED", `given up at ${placeOf(step.at)}`, { hint: "Run the case again." });
    }
    this.#endIfGarbled();
    if (step.verb.kind === "group") {
      return this.runAll(step.verb.steps, scope, sink);
    }
    if (step.verb.kind === "parallel") {
      return this.#parallel(step.verb.branches, scope, sink);
    }
    const verb = step.verb;
    const runNested = async (list: number): Promise<void> => this.runAll((verb.kind === "harness" ? verb.nested?.[list] : undefined) ?? [], scope, sink);
    const outcome = verb.kind === "check" ? noCall("check") : await this.#host.perform(step, this.#cel(step, () => renderTemplate(verb.input, scope.bindings())), scope, runNested);
    if (this.#host.signal.aborted) {
      // What a call answered because we gave it up says nothing about the runtime.
      throw new HarnessError("INTERRUPTED", `given up at ${placeOf(step.at)}`, { hint: "Run the case again." });
    }
    if (outcome.stream !== undefined) {
      this.#streams.push({ stream: outcome.stream, said: `${outcome.verb} (${placeOf(step.at)})` });
    }
    const unsupported = this.#host.unsupported(outcome);
    const isJudged = unsupported === undefined || step.checks.some((check) => check.codes?.includes("UNIMPLEMENTED") === true);
    const calls = this.#host.seqs(outcome);
    const checks = isJudged ? judge(step, outcome, scope.bindings(), { api: this.#host.api, stall: this.#host.stall, calls, explains }) : [];
    const underRule = checks.filter(({ covers }) => covers.length > 0);
    underRule.forEach(sink);
    endIfUnacceptable(step, outcome, unsupported, underRule);
    endIfNotSetUp(checks);
    this.#save(step, outcome, scope);
  }

  #save(step: PlanStep, outcome: StepOutcome, scope: Scope): void {
    const keep = (name: string, value: unknown): void => {
      scope.set(name, value);
      this.#host.bound(name, value);
    };
    if (step.as !== undefined && outcome.code === "OK") {
      keep(step.as, outcome.result ?? outcome.response ?? outcome.responses);
    }
    const bindings = { ...scope.bindings(), ...outcomeBindings(outcome) };
    for (const [name, text] of Object.entries(step.save)) {
      keep(name, this.#cel(step, () => evaluate(text.source, bindings)));
    }
  }

  async #parallel(branches: readonly PlanBranch[], scope: Scope, sink: Sink): Promise<void> {
    const running = new Set(branches.map((branch) => branch.name));
    const scopes = branches.map(() => new Scope(scope));
    const runBranch = async (branch: PlanBranch, own: Scope): Promise<void> => {
      try {
        await (branch.until === undefined ? this.runAll(branch.steps, own, sink) : this.#until(branch, branch.until, running, own, sink));
      } finally {
        running.delete(branch.name);
      }
    };
    await settleAll(branches.map((branch, at) => runBranch(branch, scopes[at] ?? new Scope(scope))));
    scopes.forEach((own) => scope.merge(own));
  }

  async #until(branch: PlanBranch, other: string, running: ReadonlySet<string>, own: Scope, sink: Sink): Promise<void> {
    const rounds: Scope[] = [];
    do {
      const round = new Scope(own, { index: BigInt(rounds.length) });
      rounds.push(round);
      await this.runAll(branch.steps, round, sink);
      // Lets the other branch go on: a loop at full speed would load the machine and find no more.
      await pause(betweenRoundsMs, this.#host.signal);
    } while (running.has(other));
    collect(branch.steps.flatMap(namesOf), rounds, own);
  }
}
