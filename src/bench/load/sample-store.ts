import { grpcCodes, type GrpcCode } from "../../model/grpc-code.ts";
import type { Sample, SampleMark, Series } from "../result.ts";
import { summarize } from "../summary.ts";

const firstCapacity = 1024;
const marks: readonly SampleMark[] = ["gc", "event-loop"];

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

  /** All of it as series, each in the order in which its samples ended; `dropped` iterations are one more series. */
  toSeries(phase: string, wallNs: number, dropped: { readonly name: string; readonly count: number }): Series[] {
    const series = [...this.#columns].map(([name, column]): Series => {
      const samples = column.toSamples();
      return { name, phase, unit: "ns", samples, summary: summarize(samples, wallNs, 0) };
    });
    if (dropped.count > 0) series.push({ name: dropped.name, phase, unit: "ns", samples: [], summary: summarize([], wallNs, dropped.count) });
    return series;
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

  toSamples(): Sample[] {
    const samples = Array.from({ length: this.#length }, (_, index) => this.#at(index));
    return samples.sort((left, right) => left.startNs + left.durationNs - right.startNs - right.durationNs);
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
