import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { BenchResult } from "../bench/api.ts";
import { summarize } from "../bench/summary.ts";
import { sampleResult } from "../bench/testing/sample-result.ts";
import { isBroken } from "./measure.ts";
import { runProgram } from "./program.ts";

let folder = "";
before(() => { folder = mkdtempSync(join(tmpdir(), "criteria-bench-")); });
after(() => { rmSync(folder, { recursive: true, force: true }); });

async function criteria(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await runProgram({
    out: (text) => { out += text; }, err: (text) => { err += text; }, outIsTty: false, errIsTty: false, columns: () => 80,
    env: {}, cwd: folder, argv, interrupt: new AbortController().signal, onKill: () => undefined,
  });
  return { code, out, err };
}

/** Runs of one operation around a median, in a folder. */
function runs(name: string, medianMs: number, fingerprint = "host", more: Partial<BenchResult> = {}): void {
  for (const run of [0, 1, 2, 3, 4, 5]) {
    const samples = Array.from({ length: 20 }, (_, index) => ({ startNs: index, durationNs: (medianMs + run * 0.01 + index * 0.001) * 1e6, code: "OK" as const }));
    const result = { schema: 1, unit: "ns", environment: { fingerprint }, load: { model: "closed", parallel: 1 }, series: [{ name: "StartContainer", phase: "w", samples, summary: summarize(samples, 1e9) }], ...more };
    mkdirSync(join(folder, name, `${run}`), { recursive: true });
    writeFileSync(join(folder, name, `${run}`, "benchmark.json"), JSON.stringify(result));
  }
}

describe("gates and comparisons", function slow() {
  this.timeout(240_000);

  it("exit 5 with the offending figure, 0 when all hold", async () => {
    const bench = ["bench", "version", "--embedded", "--iterations", "5", "--out", "out"];
    const failing = await criteria(...bench, "--gate", "p99(Version) < 1ns", "--gate", "rate(error) == 0");
    expect(failing.code).to.equal(5);
    expect(failing.out).to.match(/gate FAILS {2}p99\(Version\) < 1ns: [\d.]+ ms/).and.to.match(/gate holds {2}rate\(error\) == 0/);
    expect(readFileSync(join(folder, "out", "samples.ndjson"), "utf8").trim().split("\n")).to.have.length(5);
    writeFileSync(join(folder, "gates.yaml"), "gates:\n  - p99(Version) < 60s\n");
    expect((await criteria(...bench, "--gate", "gates.yaml")).code).to.equal(0);
  });

  it("refuse a gate that cannot be read before anything runs", async () => {
    expect((await criteria("bench", "--embedded", "--gate", "p98(Version) < 1ms")).code).to.equal(2);
  });

  it("exit 5 for a regression, 0 for none, and 6 only where asked", async () => {
    runs("base", 50);
    runs("same", 50);
    runs("slower", 70);
    runs("elsewhere", 50, "another host");
    expect((await criteria("compare", "base", "slower")).code).to.equal(5);
    expect((await criteria("compare", "base", "same", "--fail-on-inconclusive")).code).to.equal(0);
    expect((await criteria("compare", "base", "elsewhere")).code).to.equal(0);
    expect((await criteria("compare", "base", "elsewhere", "--fail-on-inconclusive")).code).to.equal(6);
    expect((await criteria("compare", "base", "base/0", "--fail-on-inconclusive")).code).to.equal(6);
  });

  it("leave out runs that were cut, and want one that was not", async () => {
    const series = sampleResult({ StartContainer: ["CANCELLED"] }).series.map((each) => ({ ...each, phase: "w" }));
    runs("even/whole", 50);
    runs("even/stopped", 50, "host", { interrupted: true, series });
    runs("even/failed", 90, "host", { incomplete: true });
    runs("straight", 50);
    const { code, err } = await criteria("compare", "straight", "even", "--fail-on-inconclusive");
    expect([code, err]).to.deep.equal([0, "12 of 18 runs of 'even' are left out: they were interrupted, or are incomplete\n"]);
    const none = await criteria("compare", "straight", "even/stopped");
    expect([none.code, none.err]).to.deep.equal([2, "criteria: 'even/stopped' holds no run that came to its end: each was interrupted or is incomplete\n  Measure again, and let it run to its end.\n"]);
    expect((await criteria("bench", "version", "--embedded", "--baseline", "even/failed")).err).to.contain("'even/failed' holds no run that came to its end");
  });

  it("take the least change with or without its sign, and nothing that is no number", async () => {
    runs("before", 100);
    runs("doubled", 200);
    for (const least of ["5", "5%", "2.5 %"]) expect((await criteria("compare", "before", "doubled", "--least", least)).code, least).to.equal(5);
    expect((await criteria("compare", "before", "doubled", "--least", "150%")).code).to.equal(0);
    for (const least of ["five", "-5", "", "NaN"]) {
      const { code, err } = await criteria("compare", "before", "doubled", `--least=${least}`);
      expect([code, err], least).to.deep.equal([2, `error: option '--least <percent>' argument '${least}' is invalid. It is a number of percent from 0, like 5 or 2.5%.\n`]);
    }
    for (const command of [["ab", "--against", "x"], ["aa"], ["resample", "before"]]) expect((await criteria("bench", ...command, "--least", "5%%")).code, command[0]).to.equal(2);
    for (const command of [["bench", "--rate", "1"], ["bench", "resample", "before"]]) expect((await criteria(...command, "--seed", "x")).code, command.join(" ")).to.equal(2);
  });

  it("count the alarms of recorded runs", async () => {
    runs("calm", 50);
    runs("late", 60);
    const alarms = async (...argv: string[]): Promise<unknown> => JSON.parse((await criteria("bench", "resample", ...argv, "--comparisons", "20", "--json")).out);
    expect(await alarms("calm", "--runs", "3")).to.deep.include({ comparisons: 20, alarms: 0 });
    expect(await alarms("calm", "late", "--runs", "6")).to.deep.include({ comparisons: 20, alarms: 20 });
    expect((await criteria("bench", "resample", "calm", "--runs", "4")).err).to.contain("6 runs are too few for 4 a side");
  });

  it("say which workloads there are, and refuse others and loads that exclude each other or the workload", async () => {
    expect((await criteria("bench", "--list")).out).to.match(/^pod-startup +From the request/m);
    expect((await criteria("bench", "no-such", "--embedded")).err).to.contain("there is no workload 'no-such'");
    expect((await criteria("bench", "version", "--embedded", "--burst", "3", "--soak", "1s")).err).to.contain("--burst and --soak are different loads");
    const dense = await criteria("bench", "churn", "--embedded", "--resident", "3");
    expect([dense.code, dense.err]).to.deep.equal([2, "criteria: churn says itself how many pods rest, and takes no --resident\n  Leave it out, or give another load.\n"]);
  });

  it("refuse what would not change a mix, and a load that begins nothing", async () => {
    for (const option of [["--rate", "50"], ["--parallel", "1"], ["--warm-up", "5", "--duration", "3s"], ["--seed", "1"], ["--density", "0,3"]]) {
      const { code, err } = await criteria("bench", "kubelet", "--embedded", ...option);
      expect([code, err]).to.deep.equal([2, `criteria: kubelet is a mix, which runs at its own rates: ${option[0]} would not change it\n  Say how long with --duration or --soak, or name a workload that is no mix.\n`]);
    }
    const nothing = await criteria("bench", "version", "--embedded", "--rate", "0.05", "--duration", "5s");
    expect(nothing.code).to.equal(2);
    expect(nothing.err).to.contain("no iteration would begin");
  });

  it("call a result without a figure broken", () => {
    expect([isBroken(sampleResult({})), isBroken(sampleResult({ Version: [1] })), isBroken(sampleResult({ Version: [1, "INTERNAL"] }))]).to.deep.equal([true, false, true]);
  });

  it("run a workload of the user, judge its budget, and leave a report", async () => {
    writeFileSync(join(folder, "mine.yaml"), [
      "suite: mine", "about: Mine.", "workloads:", "  - id: load.mine", "    about: A pod comes and goes.", "    iteration:", "      given: { pod: {} }", "      steps:",
      "        - PodSandboxStatus: { pod_sandbox_id: \"${pod.id}\" }", "    phases: [ { workers: 1, iterations: 3 } ]",
      "    budget: [ { about: It takes no time., that: \"samples.PodSandboxStatus.p50 < duration('0s')\" } ]", "",
    ].join("\n"));
    const { code, out } = await criteria("bench", "mine.yaml", "--embedded", "--out", "mine");
    expect(out).to.match(/mine PodSandboxStatus .* 3 /).and.to.contain("budget FAILS  mine: It takes no time. mine PodSandboxStatus: p50");
    expect(code).to.equal(5);
    expect(readFileSync(join(folder, "mine", "benchmark.html"), "utf8")).to.contain("Samples over time");
  });
});
