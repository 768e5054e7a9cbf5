/** Benchmark results as files: one, several with commas, or every benchmark.json of a folder. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type BenchResult, type Gate, parseGate } from "../bench/api.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { yamlValue } from "../yaml/document.ts";
import type { Terminal } from "./terminal.ts";

/** Reads one benchmark.json. */
export function readBenchResult(path: string): BenchResult {
  const value = parsed(path);
  if (isBenchResult(value)) return value;
  throw new HarnessError("RESULT_INVALID", `${path} is no benchmark result of version 1`, { hint: "Give the benchmark.json of `criteria bench`, or convert the file with `criteria import`." });
}

/** All runs of one side of a comparison that came to their end: what cut the others is no change of the runtime. */
export function readRuns({ cwd, err }: Pick<Terminal, "cwd" | "err">, side: string): BenchResult[] {
  const files = side.split(",").filter((part) => part !== "").flatMap((part) => filesOf(resolve(cwd, part)));
  if (files.length === 0) throw new HarnessError("USAGE", `'${side}' holds no benchmark.json`, { hint: "Name result files, or a folder of `criteria bench --out`." });
  const runs = files.map(readBenchResult);
  const whole = runs.filter(({ interrupted, incomplete }) => !interrupted && incomplete !== true);
  if (whole.length === 0) throw new HarnessError("RESULT_INVALID", `'${side}' holds no run that came to its end: each was interrupted or is incomplete`, { hint: "Measure again, and let it run to its end." });
  if (whole.length < runs.length) err(`${runs.length - whole.length} of ${runs.length} runs of '${side}' are left out: they were interrupted, or are incomplete\n`);
  return whole;
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) throw new HarnessError("USAGE", `${path} does not exist`, { hint: "Name a benchmark.json, or a folder of them." });
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  return names.filter((name) => /(^|\/)benchmark[^/]*\.json$/.test(name)).map((name) => join(path, name));
}

/** Gates of expressions and of YAML files: a list, or `gates:` with a list. */
export function readGates(cwd: string, sources: readonly string[]): Gate[] {
  return sources.flatMap((source) => {
    const path = resolve(cwd, source);
    if (!existsSync(path)) return [parseGate(source)];
    const value = yamlValue(readFileSync(path, "utf8"));
    const list: unknown = typeof value === "object" && value !== null && "gates" in value ? value.gates : value;
    if (!Array.isArray(list)) throw new HarnessError("USAGE", `${path} is no list of gates`, { hint: "Write `gates:` and below it a list of expressions such as p99(StartContainer) < 250ms." });
    return list.map((item: unknown) => parseGate(String(item)));
  });
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new HarnessError("RESULT_INVALID", `${path} cannot be read: ${messageOf(cause)}`, { hint: "Give a benchmark.json.", cause });
  }
}

function isBenchResult(value: unknown): value is BenchResult {
  return typeof value === "object" && value !== null && "schema" in value && value.schema === 1 && "unit" in value && value.unit === "ns"
    && "series" in value && Array.isArray(value.series) && "environment" in value;
}
