/** Exports as their consumers see them: by the consumer itself where it is installed, else by the rules that it publishes. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { describe, it } from "mocha";
import { sampleResult } from "../testing/sample-result.ts";
import { exporters } from "./exporters.ts";
import { toGoBench } from "./go-bench.ts";

const result = sampleResult({ StartContainer: [10, 20, 30, "UNKNOWN"], first_instruction: [5, 6] });
const number = { type: "number" };

function run(program: string, argv: readonly string[], input = ""): string | undefined {
  try {
    return execFileSync(program, argv, { encoding: "utf8", input, timeout: 20_000, stdio: ["pipe", "pipe", "pipe"] });
  } catch (thrown) {
    // Not installed: nothing to test with. Everything else is a failure.
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return undefined;
    throw thrown;
  }
}

describe("consumers of exports", () => {
  it("benchstat finds the slower side (go install golang.org/x/perf/cmd/benchstat@latest)", function consumer() {
    const folder = mkdtempSync(join(tmpdir(), "criteria-benchstat-"));
    try {
      const side = (name: string, ms: number): string => {
        const file = join(folder, name);
        writeFileSync(file, toGoBench(Array.from({ length: 6 }, (_, index) => sampleResult({ StartContainer: [ms + index / 10, ms + index / 10] }))));
        return file;
      };
      const out = run(process.env["BENCHSTAT"] ?? "benchstat", [side("a", 40), side("b", 60)]);
      if (out === undefined) return this.skip();
      expect(out).to.match(/StartContainer\/workload=container-lifecycle-2 .*\+49\.\d+% \(p=0\.002 n=6\)/);
      expect(out).to.contain("p99-sec/op");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("promtool finds nothing to complain of", function consumer() {
    const out = run(process.env["PROMTOOL"] ?? "promtool", ["check", "metrics"], exporters["prometheus"]?.(result));
    if (out === undefined) return this.skip();
    expect(out).to.equal("");
  });

  it("Prometheus' text format holds line by line", () => {
    const lines = (exporters["prometheus"]?.(result) ?? "").split("\n");
    expect(lines.at(-1)).to.equal("");
    const sample = /^[a-z_]+\{([a-z]+="([^"\\\n]|\\["\\n])*",?)+\} (NaN|[0-9.e+-]+)$/;
    for (const line of lines.slice(0, -1)) expect(line).to.match(line.startsWith("#") ? /^# (HELP [a-z_]+ .+|TYPE [a-z_]+ (summary|gauge))$/ : sample);
    const types = lines.filter((line) => line.startsWith("# TYPE")).map((line) => line.split(" ")[2]);
    expect(new Set(types).size).to.equal(types.length);
  });

  it("Bencher's schema takes the metrics (bencher.dev/bmf.json)", () => {
    const metric = { type: "object", required: ["value"], properties: { value: number, lower_value: number, upper_value: number } };
    const validate = new Ajv2020().compile({ type: "object", additionalProperties: { type: "object", additionalProperties: metric } });
    const metrics: unknown = JSON.parse(exporters["bencher"]?.(result) ?? "");
    expect(validate(metrics), JSON.stringify(validate.errors)).to.equal(true);
    // Names of measures become slugs of at most 64.
    for (const measures of Object.values(Object(metrics))) for (const name of Object.keys(Object(measures))) expect(name).to.match(/^[a-z0-9-]{1,64}$/);
  });

  it("github-action-benchmark's custom entries have what it reads", () => {
    const entry = { type: "object", required: ["name", "unit", "value"], additionalProperties: false, properties: { name: { type: "string" }, unit: { type: "string" }, value: number, range: { type: "string" }, extra: { type: "string" } } };
    const validate = new Ajv2020().compile({ type: "array", minItems: 1, items: entry });
    const entries: unknown = JSON.parse(exporters["github-action-benchmark"]?.(result) ?? "");
    expect(validate(entries), JSON.stringify(validate.errors)).to.equal(true);
    // Equal names would be one line of its chart.
    const names = [entries].flat().map((each) => Object(each)["name"]);
    expect(new Set(names).size).to.equal(names.length);
  });
});
