/** Judging one outcome by the checks of its step. */
import { performance } from "node:perf_hooks";
import { celDuration, evaluate, explainFalse, renderTemplate } from "../cel/api.ts";
import { criSchema } from "../cri/schema.ts";
import type { ApiVersion } from "../cri/message.ts";
import { messageOf } from "../model/errors.ts";
import type { CelText, PlanCheck, PlanStep } from "../model/plan.ts";
import { placeOf } from "../model/plan.ts";
import type { CheckResult } from "../model/verdict.ts";
import type { StepOutcome } from "../steps/step.ts";
import { accepts } from "./codes.ts";
import { CaseEnd } from "./end.ts";
import { differenceOf } from "./expect.ts";
import type { StallMonitor } from "./stall.ts";

export interface JudgeOptions {
  readonly api: ApiVersion;
  readonly stall: StallMonitor;
  readonly calls: readonly number[];
  /** False for an attempt that is not the last: nobody reads why it did not hold, and to tell it costs more than to see it. */
  readonly explains: boolean;
}

type Bindings = Readonly<Record<string, unknown>>;

/** The names that an outcome adds in checks and `save`. */
export function outcomeBindings(outcome: StepOutcome): Record<string, unknown> {
  return {
    code: outcome.code,
    ...(outcome.code === "OK" ? {} : { error: { message: outcome.details } }),
    ...(outcome.response === undefined ? {} : { response: outcome.response }),
    ...(outcome.responses === undefined ? {} : { responses: outcome.responses }),
    ...(outcome.result === undefined ? {} : { result: outcome.result }),
    elapsed: celDuration(outcome.elapsedMs),
    started: outcome.startedNs,
    ended: outcome.endedNs,
  };
}

/** True when the client gave up: the call hung past its deadline. */
export function hung(outcome: StepOutcome): boolean {
  return outcome.code === "DEADLINE_EXCEEDED" && !outcome.fromRuntime;
}

/** The codes that a step accepts: those of its checks together. */
function acceptsStep(step: PlanStep, outcome: StepOutcome): boolean {
  return step.checks.length === 0 ? accepts(step.codes, outcome) : step.checks.some((check) => accepts(check.codes, outcome));
}

/** `NOT_FOUND "no such pod"`. */
function saidCode(outcome: StepOutcome): string {
  const details = outcome.garbage ?? outcome.details;
  return details === "" ? outcome.code : `${outcome.code} ${JSON.stringify(details)}`;
}

interface Ruling {
  readonly ok: boolean | "void";
  readonly message?: string;
}

function judgeThat(text: CelText, outcome: StepOutcome, bindings: Bindings, { stall, explains }: JudgeOptions): Ruling {
  try {
    if (evaluate(text.source, bindings) === true) {
      return { ok: true };
    }
    const stalledMs = /\belapsed\b/.test(text.source) ? stall.between(outcome.startedMs, outcome.startedMs + outcome.elapsedMs) : 0;
    const without = { ...bindings, elapsed: celDuration(Math.max(0, outcome.elapsedMs - stalledMs)) };
    if (stalledMs > 0 && evaluate(text.source, without) === true) {
      return { ok: "void", message: `void: the harness itself stood still for ${Math.round(stalledMs)} ms` };
    }
    return explains ? { ok: false, message: explainFalse(text.source, bindings) } : { ok: false };
  } catch (error) {
    return { ok: false, message: `cannot evaluate ${text.source}: ${messageOf(error)}` };
  }
}

function judgeExpect(check: PlanCheck, outcome: StepOutcome, bindings: Bindings, api: ApiVersion): Ruling {
  const isResult = outcome.response === undefined || outcome.result !== undefined;
  const type = isResult ? "" : (criSchema(api).rpcs.get(outcome.verb)?.responseType ?? "");
  const difference = differenceOf(isResult ? outcome.result : outcome.response, renderTemplate(check.expect, bindings), type, api);
  return difference === undefined ? { ok: true } : { ok: false, message: difference };
}

function rule(check: PlanCheck, thats: readonly CelText[], outcome: StepOutcome, bindings: Bindings, options: JudgeOptions): Ruling {
  if (!accepts(check.codes, outcome)) {
    const wanted = (check.codes ?? ["OK"]).join(" or ");
    const judgesAnswer = check.codes === undefined && (check.expect !== undefined || thats.length > 0);
    return { ok: false, message: judgesAnswer ? `no answer to judge: ${outcome.verb} answered ${saidCode(outcome)}` : `code: wanted ${wanted}, got ${saidCode(outcome)}` };
  }
  const rulings = thats.map((text) => judgeThat(text, outcome, bindings, options));
  if (check.expect !== undefined) {
    rulings.unshift(judgeExpect(check, outcome, bindings, options.api));
  }
  const broken = rulings.filter((ruling) => ruling.ok === false);
  if (broken.length > 0) {
    return { ok: false, message: broken.map((ruling) => ruling.message ?? "").join("; ") };
  }
  return rulings.find((ruling) => ruling.ok === "void") ?? { ok: true };
}

/** One result for each check of the step. */
export function judge(step: PlanStep, outcome: StepOutcome, scope: Bindings, options: JudgeOptions): CheckResult[] {
  const bindings = { ...scope, ...outcomeBindings(outcome) };
  return step.checks.map((check) => {
    const thats = step.verb.kind === "check" ? [...step.verb.that, ...check.that] : check.that;
    const ruling = rule(check, thats, outcome, bindings, options);
    const prefix = check.covers.length === 0 ? "" : `${check.covers.join(", ")} (${check.level}): `;
    return {
      covers: check.covers,
      level: check.level,
      ok: ruling.ok,
      ...(check.about === undefined ? {} : { about: check.about }),
      at: placeOf(check.at),
      verb: outcome.verb,
      ...(ruling.message === undefined ? {} : { message: `${prefix}${outcome.verb}: ${ruling.message}` }),
      calls: options.calls,
    };
  });
}

/** Ends the case when the outcome leaves nothing to go on with; `checks` are what the step's checks under a rule made of it; without any it is set-up. */
export function endIfUnacceptable(step: PlanStep, outcome: StepOutcome, unsupported: string | undefined, checks: readonly CheckResult[]): void {
  if (acceptsStep(step, outcome) && outcome.garbage === undefined) {
    return;
  }
  const said = `${outcome.verb} answered ${saidCode(outcome)} (${placeOf(step.at)})`;
  const told = checks.filter((check) => check.ok === false);
  if (outcome.garbage !== undefined) {
    throw new CaseEnd(`the answer cannot be decoded: ${said}`, "failed", true, told);
  }
  if (outcome.wireFault !== undefined) {
    throw new CaseEnd(`the runtime broke off: ${said}`, "failed", true, told);
  }
  if (hung(outcome) && outcome.answers.length > 0) {
    throw new CaseEnd(`no answer within ${Math.round(outcome.deadlineMs ?? outcome.elapsedMs)} ms: ${said}`, "failed", true, told);
  }
  if (unsupported !== undefined) {
    throw new CaseEnd(unsupported, "unsupported", true);
  }
  throw new CaseEnd(said, checks.length === 0 ? "broken" : undefined);
}

/** Ends the case when set-up does not hold: what no rule asks for blames no runtime, and what comes after it would judge another situation. */
export function endIfNotSetUp(checks: readonly CheckResult[]): void {
  const missed = checks.find(({ covers, ok }) => covers.length === 0 && ok === false);
  if (missed !== undefined) {
    throw new CaseEnd(`the set-up does not hold: ${missed.message ?? missed.verb} (${missed.at})`, "broken");
  }
}

/** A step without a call, such as `check`. */
export function noCall(verb: string): StepOutcome {
  const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
  return { verb, code: "OK", details: "", fromRuntime: true, answers: [], startedMs: performance.now(), elapsedMs: 0, startedNs: now, endedNs: now };
}
