import type { HarnessCost, RunEvent, RunInfo } from "../model/event.ts";
import type { CaseResult } from "../model/verdict.ts";
import type { Reporter, WriteText } from "./reporter.ts";

/** The document of `results.json`; its schema is docs/schemas/results.schema.json. */
export interface ResultsDocument {
  readonly format: 1;
  readonly run: RunInfo;
  readonly summary: {
    readonly exitCode: number;
    readonly interrupted: boolean;
    readonly total: number;
    readonly durationMs: number;
    readonly counts: Readonly<Record<string, number>>;
    /** How many calls the run made of each RPC. */
    readonly calls: Readonly<Record<string, number>>;
    /** Absent when the log has no end. */
    readonly harness?: HarnessCost;
  };
  readonly cases: readonly CaseResult[];
  readonly requirements: readonly RequirementResult[];
}

export interface RequirementResult {
  readonly id: string;
  readonly held: number;
  readonly broken: number;
  readonly void: number;
  readonly cases: readonly string[];
}

/** Writes the results as one JSON document when the run is over. */
export function resultsReporter(write: WriteText): Reporter {
  const collector = new ResultsCollector();
  return {
    name: "results",
    onEvent: (event) => { collector.add(event); },
    close: () => {
      const document = collector.document();
      if (document !== undefined) write(`${JSON.stringify(document, jsonSafe, 2)}\n`);
    },
  };
}

/** Gathers a results document from events. */
export class ResultsCollector {
  #run: RunInfo | undefined;
  #end: Extract<RunEvent, { type: "run-ended" }> | undefined;
  #last = 0;
  readonly #cases: CaseResult[] = [];
  readonly #calls: Record<string, number> = {};

  add(event: RunEvent): void {
    this.#last = Math.max(this.#last, event.at);
    if (event.type === "run-started") this.#run = event.run;
    else if (event.type === "case-ended") this.#cases.push(event.result);
    else if (event.type === "call") this.#calls[event.rpc] = (this.#calls[event.rpc] ?? 0) + 1;
    else if (event.type === "run-ended") this.#end = event;
  }

  /** Absent before the run has started. A log without an end reads as interrupted. */
  document(): ResultsDocument | undefined {
    if (this.#run === undefined) return undefined;
    const counts: Record<string, number> = {};
    for (const { verdict } of this.#cases) counts[verdict] = (counts[verdict] ?? 0) + 1;
    return {
      format: 1, run: this.#run,
      summary: {
        exitCode: this.#end?.exitCode ?? 4, interrupted: this.#end?.interrupted ?? true, total: this.#cases.length,
        durationMs: this.#last, counts: this.#end?.counts ?? counts, calls: this.#calls,
        ...(this.#end === undefined ? {} : { harness: this.#end.harness }),
      },
      cases: this.#cases, requirements: byRequirement(this.#cases),
    };
  }
}

function byRequirement(cases: readonly CaseResult[]): RequirementResult[] {
  const found = new Map<string, { held: number; broken: number; void: number; cases: Set<string> }>();
  for (const result of cases) {
    for (const check of result.checks) {
      for (const id of check.covers) {
        const entry = found.get(id) ?? { held: 0, broken: 0, void: 0, cases: new Set<string>() };
        entry[check.ok === "void" ? "void" : check.ok ? "held" : "broken"] += 1;
        entry.cases.add(result.id);
        found.set(id, entry);
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, entry]) => ({ id, ...entry, cases: [...entry.cases] }));
}

/** Integers beyond a double's become decimal strings. */
function jsonSafe(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
