/**
 * A Plan: suites selected, expanded and validated for one target. The catalog makes it, the engine runs it.
 *
 * Two kinds of text (docs/suite-format.md): `CelText` is a bare CEL expression; a `Template` is any YAML value
 * (integers are bigint) whose strings may hold `${CEL}`.
 */
import type { Level, Verdict } from "./verdict.ts";

export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface CelText {
  readonly source: string;
  readonly at: Position;
}

/** A YAML value; see above. Nested mappings are plain objects. */
export type Template = unknown;

export interface PlanCheck {
  readonly about?: string;
  /** Accepted codes: gRPC names, `error` or `any`. Absent: OK. */
  readonly codes?: readonly string[];
  readonly expect?: Template;
  readonly that: readonly CelText[];
  readonly covers: readonly string[];
  readonly level: Level;
  readonly at: Position;
}

export type PlanVerb =
  | { readonly kind: "rpc"; readonly name: string; readonly input: Template }
  /** `nested`: the steps that stand inside its scripts; `steps` there is the number of its list. */
  | { readonly kind: "harness"; readonly name: string; readonly input: Template; readonly nested?: readonly (readonly PlanStep[])[] }
  | { readonly kind: "check"; readonly name: "check"; readonly that: readonly CelText[] }
  | { readonly kind: "group"; readonly name: "steps"; readonly steps: readonly PlanStep[] }
  | { readonly kind: "parallel"; readonly name: "parallel"; readonly branches: readonly PlanBranch[] };

export interface PlanBranch {
  readonly name: string;
  readonly until?: string;
  readonly steps: readonly PlanStep[];
}

export interface PlanStep {
  readonly at: Position;
  readonly verb: PlanVerb;
  readonly each?: { readonly name: string; readonly list: Template };
  readonly repeat?: Template;
  readonly concurrent?: Template;
  readonly when?: CelText;
  /** Durations are milliseconds. */
  readonly eventuallyMs?: number;
  readonly consistentlyMs?: number;
  readonly everyMs: number;
  readonly deadlineMs?: number;
  readonly receiveLimitBytes?: number;
  /** Codes accepted by a step without checks (set-up). */
  readonly codes?: readonly string[];
  /** Empty: a set-up step; if it fails the case is broken. For `check` verbs the one check holds no `that` of its own: the verb's. */
  readonly checks: readonly PlanCheck[];
  readonly as?: string;
  readonly save: Readonly<Record<string, CelText>>;
}

export type FixtureKind = "pod" | "container" | "image" | "hostDir" | "hostPort";

export interface PlanFixture {
  readonly kind: FixtureKind;
  /** `pod` → variable `pod`; `pods: { a }` → variable `pods`, key `a`. */
  readonly variable: string;
  readonly key?: string;
  readonly shared: boolean;
  /** With count the value is a list. */
  readonly count?: Template;
  /** Everything else that was written: handler, from, config, state, pod, image, run, … */
  readonly keys: Readonly<Record<string, Template>>;
  readonly at: Position;
}

export interface PlanCase {
  readonly id: string;
  readonly about: string;
  readonly suite: string;
  readonly at: Position;
  readonly matrix: Readonly<Record<string, unknown>>;
  /** Made once for all cells of the case. */
  readonly before?: readonly PlanFixture[];
  readonly given: readonly PlanFixture[];
  readonly steps: readonly PlanStep[];
  readonly alone?: string;
  /** With `alone`: cases of the same group run beside each other, and beside nothing else. */
  readonly group?: string;
  readonly draft?: string;
  readonly deadlineMs: number;
  readonly api: "v1" | "v1alpha2";
  readonly robustness: boolean;
  readonly requirements: readonly string[];
  readonly level: Level;
  /** Set when it is known before running that the case cannot be judged here. */
  readonly skip?: { readonly verdict: Extract<Verdict, "unsupported" | "not-applicable" | "blocked" | "failed">; readonly reason: string };
}

export interface PlanInvariant {
  readonly id: string;
  readonly about: string;
  readonly suite: string;
  readonly at: Position;
  /** One message type; or the pair `{ item, status }` of types. */
  readonly of: string | Readonly<Record<string, string>>;
  readonly key?: CelText | Readonly<Record<string, CelText>>;
  readonly when?: CelText;
  readonly that: readonly CelText[];
  readonly covers: readonly string[];
  readonly level: Level;
  readonly skip?: { readonly verdict: Verdict; readonly reason: string };
}

export interface Plan {
  readonly contract: string;
  readonly cases: readonly PlanCase[];
  readonly invariants: readonly PlanInvariant[];
}

/** The id of a case without its axes; also of what a pattern or a waiver calls it. */
export function baseOf(id: string): string {
  return id.split("/")[0] ?? "";
}

/** `file:line:column`. */
export function placeOf(at: Position): string {
  return `${at.file}:${at.line}:${at.column}`;
}
