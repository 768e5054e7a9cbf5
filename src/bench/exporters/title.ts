import type { Series } from "../result.ts";

/** One name for a series in formats that know only names. */
export function titleOf(series: Pick<Series, "name" | "phase">): string {
  return `${series.phase}/${series.name}`;
}
