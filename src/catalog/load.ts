/** Reads everything under suites/, and throws one SuiteError with every mistake. */
import { existsSync, readdirSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { didYouMean } from "../cel/did-you-mean.ts";
import { criSchema } from "../cri/schema.ts";
import type { Position } from "../model/plan.ts";
import { compileCase, compileInvariant } from "./compile-case.ts";
import type { CaseContext, CaseName, CatalogCase, CatalogInvariant } from "./compile-case.ts";
import { checkAbout } from "./check-values.ts";
import { checkWorkload } from "./compile-workload.ts";
import { type ParityTable, readParity } from "./parity.ts";
import { Problems } from "./problems.ts";
import { readFeatures, readRequirements } from "./requirements.ts";
import type { Feature, Requirement } from "./requirements.ts";
import { isFields, readSource } from "./source.ts";
import type { Fields, Source } from "./source.ts";
import { suiteKeys } from "./vocabulary.ts";

export interface CatalogWorkload {
  readonly id: string;
  readonly about: string;
  readonly suite: string;
  readonly at: Position;
  /** As written; the bench reads it. */
  readonly body: Fields;
}

export interface Profile {
  readonly name: string;
  readonly body: Fields;
}

export interface Catalog {
  readonly requirements: ReadonlyMap<string, Requirement>;
  readonly features: ReadonlyMap<string, Feature>;
  readonly cases: readonly CatalogCase[];
  readonly invariants: readonly CatalogInvariant[];
  readonly workloads: readonly CatalogWorkload[];
  readonly profiles: ReadonlyMap<string, Profile>;
  /** Names of all suites. */
  readonly suites: readonly string[];
  /** The folder of suites that was read. */
  readonly dir: string;
  /** Cases and invariants of that folder as they are written, by id without axes. */
  readonly written: ReadonlyMap<string, Fields>;
  /** What other judges check and what is known to have gone wrong, and the cases that answer for it. */
  readonly parity: readonly ParityTable[];
}

export interface LoadOptions {
  /** Only the suites of this folder; it and further files are all that is checked. */
  readonly folder?: string;
  /** The folder of suites; the harness's own unless said. */
  readonly dir?: string;
  /** Further suite files, absolute. */
  readonly files?: readonly string[];
  /** Cases of the folder for which it says no are compiled, and checked, when somebody looks into them. */
  readonly isWanted?: (name: CaseName) => boolean;
}

/** The folder of the suites that come with criteria. */
export const shippedSuites = fileURLToPath(new URL("../../suites/", import.meta.url));

/** Loads and checks all suites, or those that are wanted. Throws SuiteError. */
export function loadCatalog(options: LoadOptions = {}): Catalog {
  const dir = options.dir ?? shippedSuites;
  const problems = new Problems();
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml")).map((file) => file.split(sep).join("/")).sort();
  const read = (file: string): Source => readSource(join(dir, file), `suites/${file}`, problems);
  const requirements = new Map<string, Requirement>();
  for (const file of files.filter((name) => name.startsWith("requirements/"))) readRequirements(read(file), requirements, problems);
  const features = existsSync(join(dir, "features.yaml")) ? readFeatures(read("features.yaml"), problems) : new Map<string, Feature>();
  const profiles = new Map<string, Profile>();
  for (const file of files.filter((name) => name.startsWith("profiles/"))) {
    const { value } = read(file);
    if (isFields(value)) profiles.set(basename(file, ".yaml"), { name: basename(file, ".yaml"), body: value });
  }
  const parity = files.filter((name) => name.startsWith("parity/")).map((file) => readParity(read(file), problems));
  const found: Found = { cases: [], invariants: [], workloads: [], suites: [], written: new Map() };
  const own = files.filter((name) => isSuiteFile(name) && (options.folder === undefined || name.startsWith(`${options.folder}/`)));
  for (const file of own) readSuite(read(file), file.replace(/\.yaml$/, ""), { requirements, features, problems, isWanted: options.isWanted ?? (() => true) }, found);
  for (const file of options.files ?? []) readSuite(readSource(file, relative(process.cwd(), file), problems), undefined, { requirements, features, problems, isWanted: () => true }, found);
  checkUnique(found, problems);
  problems.throwIfAny();
  return { requirements, features, profiles, dir, parity, ...found };
}

interface Found {
  readonly cases: CatalogCase[];
  readonly invariants: CatalogInvariant[];
  readonly workloads: CatalogWorkload[];
  readonly suites: string[];
  readonly written: Map<string, Fields>;
}

/** Folders and files beside the suites that hold something else. */
const otherFolders: ReadonlySet<string> = new Set(["mutants", "parity", "profiles", "requirements", "waivers"]);
const otherFiles: ReadonlySet<string> = new Set(["conformance.yaml", "features.yaml"]);

/** Whether a file, named below the folder of suites with slashes, is a suite. */
export function isSuiteFile(file: string): boolean {
  return file.endsWith(".yaml") && !otherFiles.has(file) && !otherFolders.has(file.split("/")[0] ?? "");
}

type Shared = Pick<CaseContext, "requirements" | "features" | "problems"> & { readonly isWanted: (name: CaseName) => boolean };

function readSuite(source: Source, expected: string | undefined, { isWanted, ...shared }: Shared, found: Found): void {
  const root = source.value;
  const { problems } = shared;
  if (root === undefined) return; // it is no YAML, as was said
  if (!isFields(root)) {
    problems.add(source.at([]), root === null ? "there is no suite in this file" : "a suite is a mapping");
    return;
  }
  for (const key of Object.keys(root)) if (!suiteKeys.some((known) => known === key)) problems.add(source.keyAt([key]), `a suite has no key '${key}'${didYouMean(key, suiteKeys)}`);
  const suite = String(root["suite"]);
  if (expected !== undefined && suite !== expected) problems.add(source.at(["suite"]), `this file is suite ${expected}`);
  found.suites.push(suite);
  const context: CaseContext = { ...shared, source, suite, schema: criSchema("v1") };
  const each = (key: string, use: (item: unknown, index: number) => void): void => {
    const list = root[key];
    if (Array.isArray(list)) list.forEach(use);
    else if (list !== undefined) problems.add(source.at([key]), `${key} is a list`);
  };
  checkAbout(context, [], root, "a suite");
  const keep = (item: unknown): void => {
    if (expected !== undefined && isFields(item)) found.written.set(String(item["id"]), item);
  };
  each("cases", (item, index) => {
    keep(item);
    const api = isFields(item) && item["api"] === "v1alpha2" ? "v1alpha2" : "v1";
    found.cases.push(...compileCase({ ...context, schema: criSchema(api) }, ["cases", index], item, isWanted));
  });
  each("invariants", (item, index) => {
    keep(item);
    found.invariants.push(...compileInvariant(context, ["invariants", index], item));
  });
  each("workloads", (item, index) => {
    checkWorkload(context, ["workloads", index], item);
    if (isFields(item)) found.workloads.push({ id: String(item["id"]), about: String(item["about"]), suite, at: source.at(["workloads", index]), body: item });
  });
}

function checkUnique(found: Found, problems: Problems): void {
  const taken = new Map<string, () => Position>();
  const others = [...found.invariants.map(({ plan }) => plan), ...found.workloads].map(({ id, at }) => ({ id, place: () => at }));
  for (const { id, place } of [...found.cases, ...others]) {
    const known = taken.get(id)?.();
    if (known !== undefined) problems.add(place(), `the id ${id} is taken since ${known.file}:${known.line}`);
    taken.set(id, place);
  }
}
