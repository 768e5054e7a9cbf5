/** The contract: requirement files under suites/requirements, and the registry of features. */
import type { CelText, Position } from "../model/plan.ts";
import type { Level } from "../model/verdict.ts";
import type { Problems } from "./problems.ts";
import { celAt, isFields } from "./source.ts";
import type { Source } from "./source.ts";

export interface Requirement {
  readonly id: string;
  readonly area: string;
  readonly level: Level;
  /** Kubernetes minor, like 1.27. */
  readonly since?: string;
  readonly gate?: string;
  readonly rpc?: string;
  readonly text: string;
  readonly source: string;
  /** The rule binds the caller: nothing can be judged of a runtime. */
  readonly caller: boolean;
  readonly retired: boolean;
  /** Why no case covers it. */
  readonly uncovered?: string;
  readonly at: Position;
}

export interface Feature {
  readonly name: string;
  readonly by: "runtime" | "host" | "harness";
  readonly when?: CelText;
  readonly rpcs: readonly string[];
  readonly about: string;
  readonly at: Position;
}

/** Adds the requirements of one file. */
export function readRequirements(source: Source, into: Map<string, Requirement>, problems: Problems): void {
  const root = source.value;
  if (!isFields(root) || !Array.isArray(root["requirements"])) {
    problems.add(source.at([]), "a requirement file has area and requirements");
    return;
  }
  const area = String(root["area"] ?? "");
  const list: unknown[] = root["requirements"];
  list.forEach((item, index) => {
    const requirement = requirementOf(item, area, source.at(["requirements", index]), problems);
    if (requirement === undefined) return;
    const known = into.get(requirement.id);
    if (known !== undefined) problems.add(requirement.at, `${requirement.id} is taken since ${known.at.file}:${known.at.line}`);
    into.set(requirement.id, requirement);
  });
}

function requirementOf(item: unknown, area: string, at: Position, problems: Problems): Requirement | undefined {
  if (!isFields(item)) return undefined;
  const text = (key: string): string | undefined => (typeof item[key] === "string" ? item[key] : undefined);
  const id = text("id");
  const level = item["level"];
  const retired = item["retired"] === true || typeof item["retired"] === "string";
  if (id === undefined || (!isLevel(level) && !retired)) {
    problems.add(at, "a requirement has an id and a level, MUST, SHOULD or MAY");
    return undefined;
  }
  const since = text("since");
  const gate = text("gate");
  const rpc = text("rpc");
  const uncovered = text("uncovered");
  return {
    id, area, level: isLevel(level) ? level : "MAY", text: text("text") ?? "", source: text("source") ?? "", caller: item["binds"] === "caller", retired, at,
    ...(since === undefined ? {} : { since }), ...(gate === undefined ? {} : { gate }), ...(rpc === undefined ? {} : { rpc }), ...(uncovered === undefined ? {} : { uncovered }),
  };
}

function isLevel(value: unknown): value is Level {
  return value === "MUST" || value === "SHOULD" || value === "MAY";
}

/** The features of suites/features.yaml. */
export function readFeatures(source: Source, problems: Problems): Map<string, Feature> {
  const features = new Map<string, Feature>();
  const all = isFields(source.value) ? source.value["features"] : undefined;
  if (!isFields(all)) {
    problems.add(source.at([]), "this file has one key, features");
    return features;
  }
  for (const [name, body] of Object.entries(all)) {
    const at = source.keyAt(["features", name]);
    const by = isFields(body) ? body["by"] : undefined;
    if (!isFields(body) || (by !== "runtime" && by !== "host" && by !== "harness")) {
      problems.add(at, `feature ${name} says by: runtime, host or harness`);
      continue;
    }
    const when = body["when"];
    const rpcs: unknown[] = Array.isArray(body["rpcs"]) ? body["rpcs"] : [];
    features.set(name, {
      name, by, rpcs: rpcs.map(String), about: String(body["about"] ?? ""), at,
      ...(typeof when === "string" ? { when: celAt(source, ["features", name, "when"], when) } : {}),
    });
  }
  return features;
}

/** Negative when minor `a` is older than `b`; `1.9` is older than `1.27`. */
export function compareMinor(a: string, b: string): number {
  const minor = (version: string): number => Number(version.replace(/^v?1\./, ""));
  return minor(a) - minor(b);
}
