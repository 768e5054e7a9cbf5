/** Rules on message types, judged on every answer of a run. They never change the verdict of the case that saw them. */
import { evaluate, explainFalse } from "../cel/api.ts";
import type { Answer } from "../cri/client.ts";
import { criSchema, typesLeadingTo } from "../cri/schema.ts";
import { type ApiVersion, asRecord } from "../cri/message.ts";
import { messageOf } from "../model/errors.ts";
import type { PlanInvariant } from "../model/plan.ts";
import { placeOf } from "../model/plan.ts";
import type { CaseResult, CheckResult } from "../model/verdict.ts";
import type { AnswerObserver } from "./environment.ts";
import { verdictOf } from "./verdict-of.ts";

type Bindings = Record<string, unknown>;

/** A message with the type that the proto gives it. */
export interface TypedMessage {
  readonly type: string;
  readonly message: Readonly<Record<string, unknown>>;
}

/** Every message in an answer, however deep, outermost first. `enters` tells which message types to look into; all unless said. */
function walkMessages(value: unknown, type: string, api: ApiVersion, enters: (type: string) => boolean = () => true): TypedMessage[] {
  const found: TypedMessage[] = [];
  const walk = (item: unknown, of: string): void => {
    const message = asRecord(item);
    const schema = criSchema(api).messages.get(of);
    if (message === undefined || schema === undefined) return;
    found.push({ type: of, message });
    for (const { name, label, type: inner } of schema.fields.values()) {
      if (inner.kind !== "message" || !enters(inner.name)) continue;
      const held = message[name];
      if (label === "repeated" && Array.isArray(held)) for (const one of held) walk(one, inner.name);
      else if (label === "map") for (const one of Object.values(asRecord(held) ?? {})) walk(one, inner.name);
      else walk(held, inner.name);
    }
  };
  walk(value, type);
  return found;
}

interface Remembered {
  readonly message: unknown;
  readonly startedMs: number;
  readonly endedMs: number;
}

const keptPerKey = 16;
const keptBreaches = 20;
/** An event tells the past, and daemons send old ones again: nothing remembered can be compared with it. */
const tellsThePast = "GetContainerEvents";

/** The newest of those whose call had ended before `startedMs`. */
function newestBefore(remembered: readonly Remembered[], startedMs: number): Remembered | undefined {
  return remembered.filter((one) => one.endedMs < startedMs).reduce<Remembered | undefined>((newest, one) => (newest === undefined || one.endedMs > newest.endedMs ? one : newest), undefined);
}

class Rule {
  readonly plan: PlanInvariant;
  readonly #breaches: CheckResult[] = [];
  readonly #memory = new Map<string, Remembered[]>();
  #judged = 0;
  #broken = 0;

  constructor(plan: PlanInvariant) {
    this.plan = plan;
  }

  see(typed: TypedMessage, answer: Answer, seq: number, caseId: string, base: Bindings): void {
    const of = this.plan.of;
    if (this.plan.key !== undefined && answer.rpc === tellsThePast) {
      return;
    }
    try {
      if (typeof of === "string") {
        if (typed.type === of) {
          this.#single(typed, answer, seq, caseId, base);
        }
      } else {
        for (const [role, type] of Object.entries(of)) {
          if (typed.type === type) {
            this.#pair(role, Object.keys(of), typed, answer, seq, caseId, base);
          }
        }
      }
    } catch (error) {
      this.#fail(`cannot evaluate: ${messageOf(error)}`, answer, seq, caseId, "");
    }
  }

  #recall(slot: string, answer: Answer, message: unknown): Remembered | undefined {
    const list = this.#memory.get(slot) ?? [];
    const previous = newestBefore(list, answer.startedMs);
    list.push({ message, startedMs: answer.startedMs, endedMs: answer.startedMs + answer.elapsedMs });
    list.splice(0, list.length - keptPerKey);
    this.#memory.set(slot, list);
    return previous;
  }

  #single(typed: TypedMessage, answer: Answer, seq: number, caseId: string, base: Bindings): void {
    const key = this.plan.key;
    const source = key !== undefined && typeof key["source"] === "string" ? key["source"] : undefined;
    const isResponse = typed.type === criSchema(base["api"] === "v1alpha2" ? "v1alpha2" : "v1").rpcs.get(answer.rpc)?.responseType;
    const bindings: Bindings = { ...base, message: typed.message, now: answer.endedNs };
    if (isResponse) Object.defineProperty(bindings, "request", { get: () => answer.request, enumerable: true });
    let object = "";
    if (source !== undefined) {
      object = String(evaluate(source, bindings));
      const previous = this.#recall(object, answer, typed.message);
      if (previous === undefined) {
        return;
      }
      bindings["previous"] = previous.message;
    }
    this.#judge(bindings, answer, seq, caseId, object);
  }

  #pair(role: string, roles: readonly string[], typed: TypedMessage, answer: Answer, seq: number, caseId: string, base: Bindings): void {
    const keys = asRecord(this.plan.key);
    const source = asRecord(keys?.[role])?.["source"];
    if (typeof source !== "string") {
      return;
    }
    const object = String(evaluate(source, { ...base, [role]: typed.message }));
    this.#recall(`${role} ${object}`, answer, typed.message);
    const other = roles.find((name) => name !== role) ?? "";
    const partner = newestBefore(this.#memory.get(`${other} ${object}`) ?? [], answer.startedMs);
    if (partner !== undefined) {
      this.#judge({ ...base, [role]: typed.message, [other]: partner.message, now: answer.endedNs }, answer, seq, caseId, object);
    }
  }

  #judge(bindings: Bindings, answer: Answer, seq: number, caseId: string, object: string): void {
    if (this.plan.when !== undefined && evaluate(this.plan.when.source, bindings) !== true) {
      return;
    }
    this.#judged += 1;
    for (const text of this.plan.that) {
      if (evaluate(text.source, bindings) !== true) {
        this.#fail(explainFalse(text.source, bindings), answer, seq, caseId, object);
        return;
      }
    }
  }

  #fail(why: string, answer: Answer, seq: number, caseId: string, object: string): void {
    this.#broken += 1;
    if (this.#breaches.length >= keptBreaches) {
      return;
    }
    const { covers, level, at } = this.plan;
    const owner = `${object === "" ? "" : `${object}, `}case ${caseId}, call ${seq}`;
    this.#breaches.push({ covers, level, ok: false, at: placeOf(at), verb: answer.rpc, calls: [seq], message: `${covers.join(", ")} (${level}): ${answer.rpc}: ${why} (${owner})` });
  }

  result(): CaseResult {
    const { plan } = this;
    const held: CheckResult = { covers: plan.covers, level: plan.level, ok: true, about: `held ${this.#judged - this.#broken} times`, at: placeOf(plan.at), verb: "invariant", calls: [] };
    const checks = this.#broken > 0 ? this.#breaches : this.#judged > 0 ? [held] : [];
    const judged = checks.length === 0 ? { verdict: "not-run" as const, reason: "no message of this kind was judged" } : verdictOf(checks);
    return {
      id: plan.id,
      suite: plan.suite,
      about: plan.about,
      file: plan.at.file,
      line: plan.at.line,
      ...(plan.skip ?? judged),
      checks: plan.skip === undefined ? checks : [],
      requirements: plan.covers,
      level: plan.level,
      robustness: false,
      startedMs: 0,
      durationMs: 0,
      leftovers: [],
    };
  }
}

/** Judges every answer of a run by the invariants. */
export class InvariantJudge implements AnswerObserver {
  readonly #rules: readonly Rule[];
  /** The rules in force on each message type. */
  readonly #byType = new Map<string, Rule[]>();
  readonly #leading: ReadonlySet<string>;
  readonly #base: Bindings;
  readonly #api: ApiVersion;

  constructor(invariants: readonly PlanInvariant[], base: Readonly<Bindings>, api: ApiVersion = "v1") {
    this.#rules = invariants.map((plan) => new Rule(plan));
    for (const rule of this.#rules.filter(({ plan }) => plan.skip === undefined)) {
      const { of } = rule.plan;
      for (const type of new Set(typeof of === "string" ? [of] : Object.values(of))) this.#byType.set(type, [...(this.#byType.get(type) ?? []), rule]);
    }
    this.#leading = typesLeadingTo(criSchema(api), new Set(this.#byType.keys()));
    this.#base = base;
    this.#api = api;
  }

  see(answer: Answer, seq: number, caseId: string): void {
    const type = criSchema(this.#api).rpcs.get(answer.rpc)?.responseType;
    if (type === undefined) {
      return;
    }
    for (const response of answer.responses) {
      for (const typed of walkMessages(response, type, this.#api, (inner) => this.#leading.has(inner))) {
        this.#byType.get(typed.type)?.forEach((rule) => rule.see(typed, answer, seq, caseId, this.#base));
      }
    }
  }

  /** One result for each invariant. */
  results(): CaseResult[] {
    return this.#rules.map((rule) => rule.result());
  }
}
