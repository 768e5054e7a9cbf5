/** Selects, expands and settles cases for one target. */
import { didYouMean } from "../cel/did-you-mean.ts";
import { evaluate, renderTemplate } from "../cel/api.ts";
import { HarnessError } from "../model/errors.ts";
import type { Plan, PlanCase, PlanInvariant } from "../model/plan.ts";
import { idWith, labelOf } from "./compile-case.ts";
import type { CatalogCase } from "./compile-case.ts";
import { caseOfContract, invariantOfContract } from "./contract.ts";
import type { Catalog } from "./load.ts";
import { mayBeAsked, mayMean, type Selectable, selects } from "./selection.ts";
import { featuresOf } from "./verb-input.ts";

export interface PlanOptions {
  /** `version`, `status`, `config`, `handler`, `handlers`, `rpcs`. */
  readonly target: Readonly<Record<string, unknown>>;
  readonly host: Readonly<Record<string, unknown>>;
  /** The RuntimeHandler of the run. */
  readonly handler?: unknown;
  /** Kubernetes minor, like 1.37. */
  readonly contract: string;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** Suites or cases named on the command line. */
  readonly patterns?: readonly string[];
  /** Features that the profile claims. */
  readonly claims?: readonly string[];
  /** Cases that the profile says do not apply to this kind of runtime. */
  readonly excludes?: readonly { readonly cases: string; readonly reason: string }[];
}

type Skip = NonNullable<PlanCase["skip"]>;

/** The plan for a target. Throws HarnessError USAGE for a pattern that matches nothing. */
export function buildPlan(catalog: Catalog, options: PlanOptions): Plan {
  checkClaims(catalog, options);
  const cases = catalog.cases.filter((item) => mayBeAsked(options, item)).flatMap((item) => cellsFor(catalog, item, options));
  const invariants = catalog.invariants.map(({ plan, needs }): PlanInvariant => {
    const skip = excluded(plan, options) ?? skipForNeeds(catalog, needs, options, {});
    return skip === undefined ? invariantOfContract(plan, options.contract, catalog.requirements) : { ...plan, skip };
  });
  checkPatterns(catalog, [...cases, ...invariants], options);
  const chosen = selector(options);
  return { contract: options.contract, cases: cases.filter(chosen), invariants: invariants.filter(chosen) };
}

function cellsFor(catalog: Catalog, item: CatalogCase, options: PlanOptions): PlanCase[] {
  let cells: { labels: Record<string, string>; values: Record<string, unknown> }[] = [{ labels: { ...item.labels }, values: { ...item.plan.matrix } }];
  for (const [axis, source] of Object.entries(item.discovered)) {
    const found = renderTemplate(source, { target: options.target, host: options.host });
    const values: unknown[] = Array.isArray(found) ? found : [];
    if (values.length === 0) return [{ ...item.plan, skip: { verdict: "unsupported", reason: `the axis ${axis} has no values here` } }];
    cells = cells.flatMap((cell) => values.map((value) => ({ labels: { ...cell.labels, [axis]: labelOf(value) }, values: { ...cell.values, [axis]: value } })));
  }
  return cells.flatMap(({ labels, values }) => {
    const bindings = { target: options.target, host: options.host, matrix: values };
    if (item.where !== undefined && evaluate(item.where.source, bindings) !== true) return [];
    const cell = caseOfContract({ ...item.plan, id: idWith(item.baseId, labels), matrix: values }, options.contract, catalog.requirements);
    const skip = excluded(cell, options) ?? cell.skip ?? skipForNeeds(catalog, wantedBy(catalog, item), options, values);
    return [skip === undefined ? cell : { ...cell, skip }];
  });
}

/** Features that a case says, and those that its verbs, RPCs and fixtures want. */
function wantedBy(catalog: Catalog, item: CatalogCase): string[] {
  const byRpc = [...catalog.features.values()].filter((feature) => feature.by === "runtime" && feature.rpcs.some((rpc) => item.rpcs.includes(rpc))).map((feature) => feature.name);
  const { given, before = [] } = item.plan;
  const byFixture = [...given, ...before].some(({ kind }) => kind === "image") ? ["own-images"] : [];
  return [...new Set([...item.needs, ...featuresOf(item.verbs), ...byRpc, ...byFixture])];
}

function excluded(item: Selectable, options: PlanOptions): Skip | undefined {
  const found = (options.excludes ?? []).find(({ cases }) => selects(cases, item));
  return found === undefined ? undefined : { verdict: "not-applicable", reason: `excluded by the profile: ${found.reason}` };
}

function checkClaims(catalog: Catalog, { claims = [] }: PlanOptions): void {
  for (const name of claims) {
    if (catalog.features.has(name)) continue;
    throw new HarnessError("USAGE", `the profile claims '${name}', and there is no such feature${didYouMean(name, [...catalog.features.keys()])}`, { hint: "The features are in suites/features.yaml." });
  }
}

function skipForNeeds(catalog: Catalog, needs: readonly string[], options: PlanOptions, matrix: Readonly<Record<string, unknown>>): Skip | undefined {
  for (const name of needs) {
    const feature = catalog.features.get(name);
    if (feature === undefined || present(feature, options, matrix)) continue;
    if (feature.by !== "runtime") return { verdict: "blocked", reason: `${name} is missing here: ${feature.about}` };
    const claimed = options.claims?.includes(name) === true;
    return { verdict: claimed ? "failed" : "unsupported", reason: claimed ? `the profile claims ${name}, the runtime does not offer it` : `the runtime does not offer ${name}: ${feature.about}` };
  }
  return undefined;
}

function present(feature: { readonly when?: { readonly source: string }; readonly rpcs: readonly string[] }, options: PlanOptions, matrix: Readonly<Record<string, unknown>>): boolean {
  const rpcs = options.target["rpcs"];
  if (Array.isArray(rpcs) && feature.rpcs.length > 0 && !feature.rpcs.every((rpc) => rpcs.includes(rpc))) return false;
  if (feature.when === undefined) return true;
  return evaluate(feature.when.source, { target: options.target, host: options.host, handler: handlerFor(options, matrix) }) === true;
}

function handlerFor(options: PlanOptions, matrix: Readonly<Record<string, unknown>>): unknown {
  const name = matrix["handler"];
  const status = options.target["status"];
  const list: unknown = typeof status === "object" && status !== null && "runtime_handlers" in status ? status.runtime_handlers : undefined;
  if (typeof name !== "string" || !Array.isArray(list)) return options.handler ?? {};
  const items: unknown[] = list;
  return items.find((item) => typeof item === "object" && item !== null && "name" in item && item.name === name) ?? {};
}

/** A pattern may mean what the other options have not asked for, and of which no more than the name is known. */
function checkPatterns(catalog: Catalog, asked: readonly Selectable[], options: PlanOptions): void {
  const isKnown = (pattern: string): boolean => asked.some((item) => selects(pattern, item)) ||
    catalog.cases.some((item) => !mayBeAsked(options, item) && (selects(pattern, item) || (Object.keys(item.discovered).length > 0 && mayMean(pattern, item))));
  const { only = [], patterns = [], skip = [], excludes = [] } = options;
  const wrong = [...only, ...patterns, ...skip, ...excludes.map(({ cases }) => cases)].find((pattern) => !isKnown(pattern));
  if (wrong === undefined) return;
  const names = [...catalog.cases, ...asked].flatMap(({ id, suite }) => [id, suite]);
  throw new HarnessError("USAGE", `no case or suite matches '${wrong}'${didYouMean(wrong, [...new Set(names)])}`, { hint: "Run `criteria list` to see all ids." });
}

function selector({ only = [], patterns = [], skip = [] }: PlanOptions): (item: Selectable) => boolean {
  const fits = (list: readonly string[], item: Selectable): boolean => list.some((pattern) => selects(pattern, item));
  return (item) => (patterns.length === 0 || fits(patterns, item)) && (only.length === 0 || fits(only, item)) && !fits(skip, item);
}
