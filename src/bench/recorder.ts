import type { Sample, Series } from "./result.ts";
import { summarize } from "./summary.ts";

/** Called for every sample that counts, as it is taken. Must be cheap: it runs between two operations. */
export type OnSample = (name: string, phase: string, sample: Sample) => void;

/**
 * Keeps every sample in order, one list per operation. tinybench sorts its samples and drops all of them when an
 * iteration throws, so the record is kept here and tinybench only drives.
 */
export class Recorder {
  readonly #series = new Map<string, Sample[]>();
  readonly #dropped = new Map<string, number>();
  readonly #phase: string;
  readonly #onSample: OnSample | undefined;

  constructor(phase: string, onSample?: OnSample) {
    this.#phase = phase;
    this.#onSample = onSample;
  }

  add(name: string, sample: Sample): void {
    const samples = this.#series.get(name);
    if (samples === undefined) this.#series.set(name, [sample]);
    else samples.push(sample);
    this.#onSample?.(name, this.#phase, sample);
  }

  drop(name: string): void {
    this.#dropped.set(name, (this.#dropped.get(name) ?? 0) + 1);
  }

  toSeries(wallNs: number): Series[] {
    const names = new Set([...this.#series.keys(), ...this.#dropped.keys()]);
    return [...names].map((name) => {
      const samples = this.#series.get(name) ?? [];
      const summary = summarize(samples, wallNs, this.#dropped.get(name) ?? 0);
      return { name, phase: this.#phase, unit: "ns", samples, summary };
    });
  }
}
