/** A workload as worker processes get it: for one cell of its matrix, with everything made once already bound. */

/** What each iteration is given before its timers, and loses after them. */
export interface WorkloadFixture {
  readonly kind: "pod" | "container" | "image";
  /** The name in `${…}`: the kind, or the plural with `key` below it. */
  readonly variable: string;
  readonly key?: string;
  readonly keys: Readonly<Record<string, unknown>>;
  /** A number, or a text that gives one. */
  readonly count?: unknown;
}

export interface WorkloadStep {
  /** An RPC, or a measure of `measures/`. */
  readonly verb: string;
  /** May hold `${CEL}`. */
  readonly input: unknown;
  /** What the samples are called. */
  readonly series: string;
  readonly measured: boolean;
  /** The series from whose begin a mark counts; absent: the first of the iteration. */
  readonly since?: string;
  readonly as?: string;
  readonly deadlineMs?: number;
  /** Statuses after which the iteration goes on; OK alone unless said. */
  readonly codes?: readonly string[];
}

/** An image that is served. */
export interface ServedRef {
  readonly ref: string;
  readonly digest: string;
}

/** What one iteration at a time has to itself. */
export interface Lane {
  readonly images: readonly ServedRef[];
}

export interface WorkloadPlan {
  /** How results call it. */
  readonly name: string;
  readonly given: readonly WorkloadFixture[];
  readonly steps: readonly WorkloadStep[];
  readonly bindings: Readonly<Record<string, unknown>>;
  /** As many as iterations can be in flight, where they are given images. */
  readonly lanes?: readonly Lane[];
}

/** The part of a plan that one of several processes runs: none has a lane of another. */
export function partOfPlan(plan: WorkloadPlan, index: number, count: number): WorkloadPlan {
  return plan.lanes === undefined ? plan : { ...plan, lanes: plan.lanes.filter((_lane, at) => at % count === index) };
}

/** A plan that makes one call. */
function callPlan(name: string, rpc: string, input: unknown = {}): WorkloadPlan {
  return { name, given: [], bindings: {}, steps: [{ verb: rpc, input, series: rpc, measured: true }] };
}

/** The cheapest call there is: what it takes is mostly the harness and the channel. */
export const versionPlan = callPlan("version", "Version");

/** A call that the calibration server holds for a while; its own stamp of the time it took is the series `service`. */
export function delayPlan(delayMs: number): WorkloadPlan {
  return {
    name: `delay-${delayMs}ms`, given: [], bindings: {},
    steps: [
      { verb: "Version", input: { version: `${delayMs}ms` }, series: "Version", measured: true, as: "answer" },
      { verb: "told", input: { ns: "${answer.runtime_version}" }, series: "service", measured: true },
    ],
  };
}

/** A call that takes no time, after a pause of the caller of about `thinkMs`: what the instrument adds, at the rate of a call that takes so long. */
export function thinkPlan(thinkMs: number): WorkloadPlan {
  return {
    name: `think-${thinkMs}ms`, given: [], bindings: {},
    steps: [
      { verb: "think", input: { ms: thinkMs }, series: "think", measured: false },
      { verb: "Version", input: {}, series: "Version", measured: true },
    ],
  };
}
