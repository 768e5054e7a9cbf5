/** Workloads as suites have them; the catalog has judged their shape. */
import type { CatalogWorkload } from "../../catalog/load.ts";
import { measureSeries } from "../../catalog/workload-vocabulary.ts";
import { durationMs, isFields } from "../../catalog/source.ts";
import type { LoadPlan } from "../load/load-plan.ts";
import type { WorkloadFixture, WorkloadPlan, WorkloadStep } from "./plan.ts";

export interface Workload {
  readonly id: string;
  /** The id without `load.`: what results call it. */
  readonly name: string;
  readonly about: string;
  readonly needs: readonly string[];
  readonly cells: readonly WorkloadCell[];
  /** Made once for each cell. */
  readonly given: readonly WorkloadFixture[];
  readonly iteration: Pick<WorkloadPlan, "given" | "steps">;
  /** Other workloads side by side instead of an iteration. */
  readonly mix: readonly MixPart[];
  readonly phases: readonly Phase[];
  readonly budget: readonly Budget[];
}

/** One cell of the matrix; a workload without one has one cell without a label. */
export interface WorkloadCell {
  readonly label: string;
  readonly matrix: Readonly<Record<string, unknown>>;
}

export interface MixPart {
  readonly workload: string;
  readonly ratePerSecond: number;
}

export interface Phase {
  readonly load: LoadPlan;
  readonly counted: boolean;
}

export interface Budget {
  readonly about: string;
  /** CEL over `samples` and `matrix`. */
  readonly that: string;
}

const kinds = ["pod", "container", "image"] as const;
const defaults = { warmUp: 5, inFlight: 64, seed: 1 } as const;

/** Reads a workload of the catalog. */
export function workloadOf({ id, about, body }: CatalogWorkload): Workload {
  const iteration = fieldsOf(body["iteration"]);
  return {
    id, name: id.replace(/^load\./, ""), about, needs: textsOf(body["needs"]), cells: cellsOf(fieldsOf(body["matrix"])), given: givenOf(body["given"]),
    iteration: { given: givenOf(iteration["given"]), steps: listOf(iteration["steps"]).map((step) => stepOf(fieldsOf(step))) },
    mix: listOf(body["mix"]).map(fieldsOf).map((part) => ({ workload: String(part["workload"]), ratePerSecond: rateOf(part["rate"]) })),
    phases: listOf(body["phases"]).map(fieldsOf).map((phase) => ({ load: loadOf(phase), counted: phase["warmUp"] !== true })),
    budget: listOf(body["budget"]).map(fieldsOf).map((item) => ({ about: String(item["about"]), that: String(item["that"]) })),
  };
}

/** The plan of one cell, with what was made for it. */
export function planOf(workload: Workload, bindings: Readonly<Record<string, unknown>>): WorkloadPlan {
  return { name: workload.name, ...workload.iteration, bindings };
}

function cellsOf(matrix: Readonly<Record<string, unknown>>): WorkloadCell[] {
  let cells: { readonly labels: readonly string[]; readonly matrix: Record<string, unknown> }[] = [{ labels: [], matrix: {} }];
  for (const [axis, body] of Object.entries(matrix).sort(([left], [right]) => (left < right ? -1 : 1))) {
    const entries: [string, unknown][] = Array.isArray(body) ? body.map((item: unknown) => [String(item), item]) : Object.entries(fieldsOf(body));
    cells = cells.flatMap((cell) => entries.map(([label, value]) => ({ labels: [...cell.labels, `${axis}=${label}`], matrix: { ...cell.matrix, [axis]: value } })));
  }
  return cells.map((cell) => ({ label: cell.labels.join("/"), matrix: cell.matrix }));
}

function givenOf(given: unknown): WorkloadFixture[] {
  return Object.entries(fieldsOf(given)).flatMap(([variable, body]) => {
    const kind = kinds.find((known) => variable === known || variable === `${known}s`);
    if (kind === undefined) return [];
    return variable === kind ? [fixtureOf(kind, variable, undefined, body)] : Object.entries(fieldsOf(body)).map(([key, item]) => fixtureOf(kind, variable, key, item));
  });
}

function fixtureOf(kind: WorkloadFixture["kind"], variable: string, key: string | undefined, body: unknown): WorkloadFixture {
  const { count, ...keys } = fieldsOf(body);
  return { kind, variable, keys, ...(key === undefined ? {} : { key }), ...(count === undefined ? {} : { count }) };
}

const modifiers: readonly string[] = ["as", "code", "deadline", "series", "measured", "since"];

function stepOf(step: Readonly<Record<string, unknown>>): WorkloadStep {
  const verb = Object.keys(step).find((key) => !modifiers.includes(key)) ?? "";
  const isMark = verb === "mark";
  const { series, as, since, deadline, code } = step;
  const deadlineMs = durationMs(deadline);
  return {
    verb, input: isMark ? {} : step[verb] ?? {}, measured: step["measured"] !== false,
    series: isMark ? String(step[verb]) : typeof series === "string" ? series : measureSeries[verb] ?? verb,
    ...(typeof as === "string" ? { as } : {}), ...(typeof since === "string" ? { since } : {}),
    ...(deadlineMs === undefined ? {} : { deadlineMs }), ...(code === undefined ? {} : { codes: textsOf(code) }),
  };
}

function loadOf(phase: Readonly<Record<string, unknown>>): LoadPlan {
  const number = (key: string, otherwise: number): number => (phase[key] === undefined ? otherwise : Number(phase[key]));
  const numbers = (key: string): number[] => listOf(phase[key]).map(Number);
  // What a phase marks as warm-up needs none of its own.
  const warmUp = phase["warmUp"] === true ? 0 : defaults.warmUp;
  const duration = durationMs(phase["for"]);
  const [parallel, iterations] = [number("workers", 1), number("iterations", 20)];
  if (phase["burst"] !== undefined) return { model: "burst", count: number("burst", 1), warmUp };
  if (phase["steps"] !== undefined) return { model: "steps", levels: numbers("steps"), iterations, warmUp };
  if (phase["density"] !== undefined) return { model: "density", residents: numbers("density"), parallel, iterations, warmUp };
  if (phase["rate"] !== undefined || phase["workers"] === undefined) {
    const spacing = phase["spacing"] === "poisson" ? "poisson" : "even";
    return { model: "open", ratePerSecond: phase["rate"] === undefined ? 1 : rateOf(phase["rate"]), durationMs: duration ?? 10_000, spacing, seed: defaults.seed, inFlight: number("inFlight", defaults.inFlight), warmUp };
  }
  return duration === undefined ? { model: "closed", parallel, iterations, warmUp } : { model: "closed", parallel, iterations: 0, durationMs: duration, warmUp };
}

/** `5/s` or `30/m`. */
function rateOf(value: unknown): number {
  const match = /^(\d+(?:\.\d+)?)\/(s|m)$/.exec(String(value));
  return Number(match?.[1] ?? 1) / (match?.[2] === "m" ? 60 : 1);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isFields(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textsOf(value: unknown): string[] {
  return value === undefined ? [] : [value].flat().map(String);
}
