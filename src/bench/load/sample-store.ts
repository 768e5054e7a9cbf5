import { grpcCodes, type GrpcCode } from "../../model/grpc-code.ts";
import type { Sample, SampleMark, Series } from "../result.ts";
import { Tally } from "../summary.ts";
import type { WorkloadPlan } from "../workload/plan.ts";

const firstCapacity = 1024;
/** So many samples of a series a result holds: a result of many millions can neither be written as one text nor read again. */
const mostSamples = 100_000;
const marks: readonly SampleMark[] = ["gc", "event-loop"];

/** How a load went. */
export interface Ending {
  readonly wallNs: number;
  /** Iterations that never began. */
  readonly dropped: number;
  /** The series that an iteration has. */
  readonly names: readonly string[];
}

/** What the samples of an iteration are called. */
export function seriesOf({ steps }: Pick<WorkloadPlan, "steps">): string[] {
  return [...new Set(steps.filter(({ measured }) => measured).map(({ series }) => series))];
}

/** The samples of a load in 26 bytes each, so that a soak of an hour does not fill the memory of the harness. */
export class SampleStore {
  readonly #columns = new Map<string, Column>();
  /** Samples in all. */
  count = 0;

  add(name: string, samples: readonly Sample[]): void {
    const column = this.#columns.get(name) ?? new Column();
    this.#columns.set(name, column);
    this.count += samples.length;
    for (const sample of samples) column.push(sample);
  }

  /**
   * All of it as series, each in the order in which its samples ended, thinned where there are very many. An iteration
   * that was dropped is one in each series that it would have had, be there samples or none.
   */
  toSeries(phase: string, { wallNs, dropped, names }: Ending): Series[] {
    for (const name of dropped > 0 ? names : []) if (!this.#columns.has(name)) this.#columns.set(name, new Column());
    return [...this.#columns].map(([name, column]): Series => {
      const { samples, thinned } = column.toSamples();
      return { name, phase, unit: "ns", samples, summary: column.tally().summary(wallNs, dropped), ...(thinned === 1 ? {} : { thinned }) };
    });
  }
}

class Column {
  #length = 0;
  #numbers = new Float64Array(firstCapacity * 3);
  #small = new Uint8Array(firstCapacity * 2);

  push({ startNs, durationNs, code, lateNs, marks: set }: Sample): void {
    this.#reserve();
    this.#numbers.set([startNs, durationNs, lateNs ?? Number.NaN], this.#length * 3);
    this.#small.set([grpcCodes.indexOf(code), marks.reduce((bits, mark, bit) => bits | (set?.includes(mark) === true ? 1 << bit : 0), 0)], this.#length * 2);
    this.#length += 1;
  }

  tally(): Tally {
    const tally = new Tally();
    for (let index = 0; index < this.#length; index += 1) {
      const lateNs = this.#numbers[index * 3 + 2] ?? 0;
      tally.add({ durationNs: this.#numbers[index * 3 + 1] ?? 0, code: codeAt(this.#small[index * 2] ?? 0), lateNs: Number.isNaN(lateNs) ? 0 : lateNs });
    }
    return tally;
  }

  /** One of `thinned`, evenly chosen; all as a rule. */
  toSamples(): { readonly samples: Sample[]; readonly thinned: number } {
    const thinned = Math.max(1, Math.ceil(this.#length / mostSamples));
    const samples = Array.from({ length: Math.ceil(this.#length / thinned) }, (_, index) => this.#at(index * thinned));
    return { thinned, samples: samples.sort((left, right) => left.startNs + left.durationNs - right.startNs - right.durationNs) };
  }

  #at(index: number): Sample {
    const [startNs = 0, durationNs = 0, lateNs = Number.NaN] = this.#numbers.subarray(index * 3, index * 3 + 3);
    const [code = 0, bits = 0] = this.#small.subarray(index * 2, index * 2 + 2);
    const set = marks.filter((_, bit) => (bits & (1 << bit)) !== 0);
    return { startNs, durationNs, code: codeAt(code), ...(Number.isNaN(lateNs) ? {} : { lateNs }), ...(set.length === 0 ? {} : { marks: set }) };
  }

  #reserve(): void {
    if ((this.#length + 1) * 3 <= this.#numbers.length) return;
    const [numbers, small] = [new Float64Array(this.#numbers.length * 2), new Uint8Array(this.#small.length * 2)];
    numbers.set(this.#numbers);
    small.set(this.#small);
    [this.#numbers, this.#small] = [numbers, small];
  }
}

function codeAt(index: number): GrpcCode {
  return grpcCodes[index] ?? "UNKNOWN";
}
