/** The figures of one metric, one a run. */
export interface MetricFigures {
  readonly name: string;
  readonly percentile: number;
  readonly figures: readonly number[];
}
