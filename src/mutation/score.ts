/** The strength of the suites as a number, and what they do not see. */
import { type Fate, fates, type Outcome, unexercised } from "./outcome.ts";

export interface Score {
  readonly counts: Readonly<Record<Fate, number>>;
  /** Percent of the mutants that a valid observer could tell and that the carrier carries. */
  readonly killed: number;
  readonly citing: number;
  /** Survivors that no case gave a chance to do harm: what the suites do not use at all. */
  readonly unexercised: number;
  /** Percent killed of the others. */
  readonly killedOfExercised: number;
}

/** The score of a set of outcomes. Equivalent mutants and those not carried are outside of it. */
export function scoreOf(outcomes: readonly Outcome[]): Score {
  const counts = countsOf(outcomes);
  const judged = counts.citing + counts.other + counts.noticed + counts.survived;
  const idle = outcomes.filter(({ fate, by }) => fate === "survived" && by === unexercised).length;
  return {
    counts, unexercised: idle, killedOfExercised: percent(counts.citing + counts.other, judged - idle), killed: percent(counts.citing + counts.other, judged), citing: percent(counts.citing, judged),
  };
}

function countsOf(outcomes: readonly Outcome[]): Record<Fate, number> {
  const counts: Record<Fate, number> = { citing: 0, other: 0, noticed: 0, survived: 0, equivalent: 0, "not-carried": 0 };
  for (const { fate } of outcomes) counts[fate] += 1;
  return counts;
}

/** Of nothing, all. */
function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.round((1000 * part) / whole) / 10;
}

/** The killed percent of each RPC, and of all. */
export function baselineOf(outcomes: readonly Outcome[]): Record<string, number> {
  const rpcs = [...new Set(outcomes.map((outcome) => outcome.rpc))];
  return { ...Object.fromEntries(rpcs.map((rpc) => [rpc, scoreOf(outcomes.filter((outcome) => outcome.rpc === rpc)).killed])), all: scoreOf(outcomes).killed };
}

/** A mutant or two may hang on the time that a busy machine takes. */
const tolerance = 2;

/** What is worse than the baseline, in words. RPCs that were not judged now say nothing, and without them neither does the whole. */
export function droppedSince(baseline: Readonly<Record<string, number>>, outcomes: readonly Outcome[]): string[] {
  const now = baselineOf(outcomes);
  const whole = Object.keys(baseline).every((rpc) => now[rpc] !== undefined);
  return Object.entries(now).flatMap(([rpc, killed]) => {
    const before = rpc === "all" && !whole ? undefined : baseline[rpc];
    return before === undefined || killed >= before - tolerance ? [] : [`${rpc}: ${killed} % of the mutants are killed, ${before} % were before`];
  });
}

/** A table by RPC, the survivors, and the total last. */
export function scoreText(outcomes: readonly Outcome[]): string {
  const rpcs = [...new Set(outcomes.map((outcome) => outcome.rpc))];
  const lines = rpcs.map((rpc) => line(rpc, scoreOf(outcomes.filter((outcome) => outcome.rpc === rpc))));
  const alive = outcomes.filter(({ fate }) => fate === "survived" || fate === "noticed");
  const listed = alive.filter(({ by }) => by !== unexercised).map(({ id, fate, by }) => `  ${id}  ${fate === "noticed" ? "noticed: " : ""}${by.split("\n")[0] ?? ""}`);
  const idle = idleFields(alive.filter(({ by }) => by === unexercised)).map((field) => `  ${field}`);
  const head = row("", fates);
  return [...titled("Not killed:", listed), ...titled("Not killed, for no case makes the runtime use the field so:", idle), head, ...lines, line("all", scoreOf(outcomes)), ""].join("\n");
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines, ""];
}

/** `response.X.mounts.image: missing, wrong`; what lies below a field listed as missing is not told again. */
function idleFields(outcomes: readonly Outcome[]): string[] {
  const byField = new Map<string, string[]>();
  for (const { id } of outcomes) {
    const at = id.lastIndexOf(".");
    byField.set(id.slice(0, at), [...(byField.get(id.slice(0, at)) ?? []), id.slice(at + 1)]);
  }
  const absent = [...byField].filter(([, ways]) => ways.some((way) => way === "missing" || way === "dropped")).map(([field]) => `${field}.`);
  return [...byField].filter(([field]) => !absent.some((above) => field.startsWith(above))).map(([field, ways]) => `${field}: ${ways.join(", ")}`);
}

function line(name: string, { counts, killed, citing, unexercised: idle, killedOfExercised }: Score): string {
  return `${row(name, fates.map((fate) => String(counts[fate])))}  killed ${killed} %, citing ${citing} %; without ${idle} not exercised ${killedOfExercised} %`;
}

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(26)}${cells.map((cell) => cell.padStart(12)).join("")}`;
}
