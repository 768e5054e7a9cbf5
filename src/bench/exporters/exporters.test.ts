import { expect } from "chai";
import { describe, it } from "mocha";
import { sampleResult } from "../testing/sample-result.ts";
import { exporters } from "./exporters.ts";
import { toGoBench } from "./go-bench.ts";

const result = sampleResult({ StartContainer: [10, 20, 30, "UNKNOWN"] });
const exported = (name: string): string => exporters[name]?.(result) ?? "";

describe("exporters", () => {
  it("write Bencher Metric Format", () => {
    expect(JSON.parse(exported("bencher"))).to.deep.equal({
      "container-lifecycle/StartContainer": {
        latency: { value: 20e6, lower_value: 10e6, upper_value: 29.8e6 }, "latency-p99": { value: 29.8e6 }, throughput: { value: 3 }, "error-rate": { value: 0.25 },
      },
    });
  });

  it("write entries for github-action-benchmark", () => {
    const extra = "fake 1\n4 samples, 1 errors, 0 dropped";
    expect(JSON.parse(exported("github-action-benchmark"))).to.deep.equal([
      { name: "container-lifecycle/StartContainer p50", unit: "ms", value: 20, range: "10 to 30", extra },
      { name: "container-lifecycle/StartContainer p99", unit: "ms", value: 29.8, range: "10 to 30", extra },
    ]);
  });

  it("write a line per run that benchstat reads", () => {
    const lines = toGoBench([result, result]).split("\n").filter((line) => line.startsWith("Benchmark"));
    expect(lines).to.have.length(2);
    expect(lines[0]).to.equal("BenchmarkStartContainer/workload=container-lifecycle-2\t3\t20000000 ns/op\t20000000 p50-ns/op\t29800000 p99-ns/op\t1 errors");
  });

  it("write Prometheus text with escaped labels", () => {
    const text = exported("prometheus");
    const labels = 'operation="StartContainer",workload="container-lifecycle",runtime="fake",version="1"';
    expect(text).to.contain(`criteria_operation_duration_seconds{${labels},quantile="0.99"} 0.0298\n`);
    expect(text).to.contain(`criteria_operation_duration_seconds_sum{${labels}} 0.06\n`);
    expect(text).to.contain(`criteria_operation_errors{${labels}} 1\n`);
  });

  it("tell of what was dropped", () => {
    const dropping = { ...result, series: result.series.map((each) => ({ ...each, summary: { ...each.summary, dropped: 4 } })) };
    const of = (name: string): string => exporters[name]?.(dropping) ?? "";
    expect(JSON.parse(of("bencher"))).to.have.nested.property("container-lifecycle/StartContainer.error-rate.value", 5 / 8);
    expect(of("prometheus")).to.match(/^# TYPE criteria_operation_dropped gauge\ncriteria_operation_dropped\{operation="StartContainer",.*\} 4$/m);
    expect(of("github-action-benchmark")).to.contain("4 samples, 1 errors, 4 dropped");
    expect(of("go-bench")).to.contain("\t1 errors\t4 dropped\n");
  });

  it("write every sample as CSV, failures too", () => {
    expect(exported("csv").split("\r\n").slice(0, 5)).to.deep.equal([
      "phase,name,index,start_ns,duration_ns,code,late_ns,marks", "container-lifecycle,StartContainer,0,0,10000000,OK,,",
      "container-lifecycle,StartContainer,1,1000000,20000000,OK,,", "container-lifecycle,StartContainer,2,2000000,30000000,OK,,",
      "container-lifecycle,StartContainer,3,3000000,1000000,UNKNOWN,,",
    ]);
  });
});
