import { hodgesLehmann } from "./effect.ts";
import { ascending, quantile } from "./quantile.ts";
import { seededRandom } from "./random.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** None: the interval is unbounded. */
  readonly resamples?: number;
  readonly confidence?: number;
  readonly seed?: number;
}

/**
 * The percentile interval of a figure, resampling whole runs: requests of one run resemble each other, so runs
 * are the blocks. One run tells nothing about the spread between runs; its interval is unbounded.
 */
export function blockBootstrap<Run>(runs: readonly Run[], figure: (drawn: readonly Run[]) => number, options: BootstrapOptions = {}): Interval {
  if (runs.length < 2 || options.resamples === 0) return { low: -Infinity, high: Infinity };
  const random = seededRandom(options.seed ?? 1);
  const figures = Array.from({ length: options.resamples ?? 1000 }, () => figure(resample(runs, random)));
  return middle(figures, options.confidence ?? 0.95);
}

/** The interval of the Hodges-Lehmann shift from a to b, each a figure a run, resampling the runs of both sides. */
export function shiftInterval(a: readonly number[], b: readonly number[], options: BootstrapOptions = {}): Interval {
  if (a.length < 2 || b.length < 2 || options.resamples === 0) return { low: -Infinity, high: Infinity };
  const random = seededRandom(options.seed ?? 1);
  const shifts = Array.from({ length: options.resamples ?? 1000 }, () => hodgesLehmann(resample(a, random), resample(b, random)));
  return middle(shifts, options.confidence ?? 0.95);
}

function resample<T>(blocks: readonly T[], random: () => number): T[] {
  return blocks.flatMap(() => {
    const drawn = blocks[Math.floor(random() * blocks.length)];
    return drawn === undefined ? [] : [drawn];
  });
}

function middle(figures: readonly number[], confidence: number): Interval {
  const sorted = ascending(figures);
  return { low: quantile(sorted, (1 - confidence) / 2), high: quantile(sorted, (1 + confidence) / 2) };
}
