import type { Sample } from "./result.ts";

/** Takes the samples of one series as they come. */
export type OnSamples = (name: string, phase: string, samples: readonly Sample[]) => void;

/**
 * Gathers samples in the order in which they came, until somebody takes them. tinybench sorts its samples and drops all
 * of them when an iteration throws, so the record is kept here and tinybench only drives.
 */
export class Recorder {
  #series = new Map<string, Sample[]>();
  /** Scheduled iterations that never began. */
  dropped = 0;
  /** Samples in all, taken or not. */
  total = 0;
  /** Called for each sample; must be cheap, for it runs between two operations. */
  onAdd: ((name: string, sample: Sample) => void) | undefined;

  add(name: string, sample: Sample): void {
    this.total += 1;
    this.onAdd?.(name, sample);
    const samples = this.#series.get(name);
    if (samples === undefined) this.#series.set(name, [sample]);
    else samples.push(sample);
  }

  drop(): void {
    this.dropped += 1;
  }

  /** What came since the last time. */
  take(): { readonly name: string; readonly samples: Sample[] }[] {
    const taken = [...this.#series].map(([name, samples]) => ({ name, samples }));
    this.#series = new Map();
    return taken;
  }
}
