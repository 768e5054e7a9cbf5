/** Gates: `p99(StartContainer) < 250ms`, `rate(error) == 0`, `delta(p50(RunPodSandbox), baseline) < 5%`. */
import { HarnessError } from "../model/errors.ts";
import type { BenchResult } from "./result.ts";
import { pooled } from "./summary.ts";

const figures = ["p50", "p90", "p95", "p99", "max", "mean"] as const;
type Figure = (typeof figures)[number];
type Operator = "<" | "<=" | ">" | ">=" | "==";
type Unit = "ns" | "ratio" | "per second";

type Measure =
  | { readonly kind: "figure"; readonly figure: Figure; readonly operation: string }
  | { readonly kind: "errors"; readonly operation?: string }
  | { readonly kind: "throughput"; readonly operation: string }
  | { readonly kind: "delta"; readonly figure: Figure; readonly operation: string };

export interface Gate {
  readonly text: string;
  readonly measure: Measure;
  readonly operator: Operator;
  /** Nanoseconds, a ratio, or operations per second. */
  readonly limit: number;
}

export interface GateResult {
  readonly gate: string;
  readonly ok: boolean;
  /** The figure and the limit, for people. */
  readonly message: string;
  /** Null when the result lacks the figure: then the gate has failed. */
  readonly actual: number | null;
}

const grammar = /^\s*(.+?)\s*(<=|>=|==|<|>)\s*([\d.]+)\s*(ns|us|µs|ms|s|%|\/s)?\s*$/;
const factors: Readonly<Record<string, number>> = { ns: 1, us: 1e3, "µs": 1e3, ms: 1e6, s: 1e9, "%": 0.01, "/s": 1 };
const example = "Write for example: p99(StartContainer) < 250ms, rate(error) == 0, delta(p50(RunPodSandbox), baseline) < 5%";

/** Reads one gate; a HarnessError says what is wrong with it. */
export function parseGate(text: string): Gate {
  const match = grammar.exec(text);
  if (match === null) throw bad(text, "is not MEASURE OPERATOR LIMIT");
  const [, left = "", operator = "", digits = "", unit = ""] = match;
  const number = Number(digits);
  if (!Number.isFinite(number)) throw bad(text, `has a limit ${JSON.stringify(digits)} that is no number`);
  const measure = parseMeasure(text, left);
  const wanted = unitOf(measure);
  if (!unitFits(unit, wanted, number)) throw bad(text, `has a limit in ${unit === "" ? "no unit" : unit}, and ${left} is ${describeUnit(wanted)}`);
  return { text: text.trim(), measure, operator: operatorOf(operator), limit: number * (factors[unit] ?? 1) };
}

function parseMeasure(text: string, left: string): Measure {
  const delta = /^delta\(\s*(\w+)\(\s*(\w+)\s*\)\s*,\s*baseline\s*\)$/.exec(left);
  if (delta !== null) return { kind: "delta", figure: figureOf(text, delta[1] ?? ""), operation: delta[2] ?? "" };
  const call = /^(\w+)\(\s*(\w+)\s*(?:,\s*(\w+)\s*)?\)$/.exec(left);
  if (call === null) throw bad(text, `has a measure ${JSON.stringify(left)} that is not NAME(OPERATION)`);
  const [, name = "", operation = "", second] = call;
  if (name === "rate" && operation === "error") return second === undefined ? { kind: "errors" } : { kind: "errors", operation: second };
  if (second !== undefined) throw bad(text, `gives ${name} two arguments`);
  if (name === "rate") return { kind: "throughput", operation };
  return { kind: "figure", figure: figureOf(text, name), operation };
}

function figureOf(text: string, name: string): Figure {
  const found = figures.find((figure) => figure === name);
  if (found === undefined) throw bad(text, `asks for ${JSON.stringify(name)}; known are ${figures.join(", ")}, rate and delta`);
  return found;
}

function operatorOf(text: string): Operator {
  return text === "<" || text === "<=" || text === ">" || text === ">=" ? text : "==";
}

function unitOf(measure: Measure): Unit {
  if (measure.kind === "figure") return "ns";
  return measure.kind === "throughput" ? "per second" : "ratio";
}

function unitFits(unit: string, wanted: Unit, number: number): boolean {
  if (wanted === "ns") return ["ns", "us", "µs", "ms", "s"].includes(unit);
  if (wanted === "per second") return unit === "/s";
  return unit === "%" || (unit === "" && number <= 1);
}

function describeUnit(unit: Unit): string {
  if (unit === "ns") return "a time: ns, us, ms or s";
  return unit === "ratio" ? "a share: % or a number up to 1" : "a rate: /s";
}

function bad(text: string, problem: string): HarnessError {
  return new HarnessError("USAGE", `The gate ${JSON.stringify(text)} ${problem}`, { hint: example });
}

/** Judges a result. A gate without a figure to judge fails, for nothing was shown. */
export function judgeGates(gates: readonly Gate[], result: BenchResult, baseline?: BenchResult): GateResult[] {
  return gates.map((gate) => {
    const actual = valueOf(gate.measure, result, baseline);
    if (actual === null) return { gate: gate.text, ok: false, actual, message: `${gate.text}: nothing was measured that this gate could judge` };
    const ok = holds(actual, gate.operator, gate.limit);
    return { gate: gate.text, ok, actual, message: `${gate.text}: ${show(actual, unitOf(gate.measure))}` };
  });
}

function valueOf(measure: Measure, result: BenchResult, baseline: BenchResult | undefined): number | null {
  const series = result.series.filter((each) => measure.operation === undefined || each.name === measure.operation);
  if (measure.kind === "errors") {
    const count = series.reduce((sum, { summary }) => sum + summary.count + summary.dropped, 0);
    return count === 0 ? null : series.reduce((sum, { summary }) => sum + summary.errors + summary.dropped, 0) / count;
  }
  if (measure.kind === "throughput") return series.length === 0 ? null : Math.min(...series.map(({ summary }) => summary.ratePerSecond));
  const now = pooled(series)[measure.figure];
  if (measure.kind === "figure") return now;
  const before = pooled((baseline?.series ?? []).filter((each) => each.name === measure.operation))[measure.figure];
  return now === null || before === null || before === 0 ? null : now / before - 1;
}

function holds(actual: number, operator: Operator, limit: number): boolean {
  switch (operator) {
    case "<": return actual < limit;
    case "<=": return actual <= limit;
    case ">": return actual > limit;
    case ">=": return actual >= limit;
    case "==": return actual === limit;
  }
}

function show(value: number, unit: Unit): string {
  if (unit === "ns") return `${(value / 1e6).toFixed(3)} ms`;
  return unit === "ratio" ? `${(value * 100).toFixed(2)} %` : `${value.toFixed(2)}/s`;
}
