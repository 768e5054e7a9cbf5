import type { BenchResult } from "../result.ts";
import { toBencher } from "./bencher.ts";
import { toCsv } from "./csv.ts";
import { toGithubAction } from "./github-action.ts";
import { toGoBench } from "./go-bench.ts";
import { toPrometheus } from "./prometheus.ts";

/** The formats of `criteria export` for benchmark results, by name. */
export const exporters: Readonly<Record<string, (result: BenchResult) => string>> = {
  bencher: toBencher,
  csv: toCsv,
  "github-action-benchmark": toGithubAction,
  "go-bench": (result) => toGoBench([result]),
  prometheus: toPrometheus,
};
