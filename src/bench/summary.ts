import type { GrpcCode } from "../model/grpc-code.ts";
import type { Sample, Series, Summary } from "./result.ts";
import { quantile } from "./statistics/quantile.ts";

const lateAfterNs = 1e6;

/** What a summary wants to know of one sample. */
export type Timing = Pick<Sample, "durationNs" | "code" | "lateNs">;

/** The figures of one series. `wallNs` is the time over which its load ran. */
export function summarize(samples: readonly Timing[], wallNs: number, dropped = 0): Summary {
  const tally = new Tally();
  for (const sample of samples) tally.add(sample);
  return tally.summary(wallNs, dropped);
}

/** The times of several series taken together: of all that they hold. One has its own, which are of all of its samples. */
export function pooled(parts: readonly Series[]): Pick<Summary, "mean" | "p50" | "p90" | "p95" | "p99" | "max"> {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only.summary : summarize(parts.flatMap(({ samples }) => samples), 0);
}

/** Gathers what a summary needs, sample by sample: of millions no list of objects is wanted. */
export class Tally {
  readonly #good = new Numbers();
  readonly #bad = new Numbers();
  readonly #codes = new Map<GrpcCode, number>();
  #late = 0;

  add({ durationNs, code, lateNs = 0 }: Timing): void {
    (code === "OK" ? this.#good : this.#bad).push(durationNs);
    this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1);
    if (lateNs > lateAfterNs) this.#late += 1;
  }

  summary(wallNs: number, dropped: number): Summary {
    const [good, bad] = [this.#good.ascending(), this.#bad.ascending()];
    const at = (values: Float64Array, p: number) => (values.length === 0 ? null : quantile(values, p));
    return {
      count: good.length + bad.length,
      errors: bad.length,
      dropped,
      late: this.#late,
      codes: Object.fromEntries(this.#codes),
      ratePerSecond: wallNs > 0 ? (good.length * 1e9) / wallNs : 0,
      min: at(good, 0),
      mean: good.length === 0 ? null : good.reduce((sum, value) => sum + value, 0) / good.length,
      p50: at(good, 0.5),
      p90: at(good, 0.9),
      p95: at(good, 0.95),
      p99: at(good, 0.99),
      max: at(good, 1),
      errorP50: at(bad, 0.5),
    };
  }
}

const firstCapacity = 256;

/** A list of numbers that grows, in eight bytes each. */
class Numbers {
  #length = 0;
  #values = new Float64Array(firstCapacity);

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  ascending(): Float64Array {
    return this.#values.slice(0, this.#length).sort();
  }
}
