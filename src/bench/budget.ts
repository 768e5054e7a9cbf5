/** Budgets of workloads: CEL over what was measured. */
import { celDuration, evaluate } from "../cel/api.ts";
import { messageOf } from "../model/errors.ts";
import type { BudgetResult, Series } from "./result.ts";
import { pooled } from "./summary.ts";
import type { Budget } from "./workload/workload.ts";

/** Judges each budget over all counted samples of a workload's cell. */
export function judgeBudgets(budgets: readonly Budget[], workload: string, series: readonly Series[], matrix: Readonly<Record<string, unknown>>): BudgetResult[] {
  const samples = Object.fromEntries([...new Set(series.map(({ name }) => name))].map((name) => [name, figuresOf(series.filter((each) => each.name === name))]));
  return budgets.map(({ about, that }) => {
    try {
      const ok = evaluate(that, { samples, matrix }) === true;
      return { workload, about, that, ok, message: ok ? "" : shown(that, series) };
    } catch (thrown) {
      return { workload, about, that, ok: false, message: messageOf(thrown) };
    }
  });
}

function figuresOf(parts: readonly Series[]): Record<string, unknown> {
  const { p50, p90, p99, max } = pooled(parts);
  const times = Object.entries({ p50, p90, p99, max }).flatMap(([key, ns]) => (ns === null ? [] : [[key, celDuration(ns / 1e6)] as const]));
  const sum = (figure: "count" | "errors" | "dropped"): bigint => BigInt(parts.reduce((total, { summary }) => total + summary[figure], 0));
  const rate = parts.reduce((least, { summary }) => Math.min(least, summary.ratePerSecond), Number.POSITIVE_INFINITY);
  return { ...Object.fromEntries(times), count: sum("count"), errors: sum("errors"), dropped: sum("dropped"), rate };
}

/** The figures that the text names. */
function shown(that: string, series: readonly Series[]): string {
  const named = new Set(Array.from(that.matchAll(/samples\.(\w+)/g), ([, name]) => name ?? ""));
  return series.filter(({ name }) => named.has(name))
    .map(({ name, phase, summary: { p50, p99, errors, dropped } }) => `${phase} ${name}: p50 ${ms(p50)}, p99 ${ms(p99)}, ${errors} errors, ${dropped} dropped`).join("; ");
}

function ms(ns: number | null): string {
  return ns === null ? "-" : `${(ns / 1e6).toFixed(2)} ms`;
}
