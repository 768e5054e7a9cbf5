/** The list of the cases that a runtime must pass, each with a digest of what it says: suites/conformance.yaml. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Level } from "../model/verdict.ts";
import type { Catalog } from "./load.ts";
import { Problems } from "./problems.ts";
import { isFields, readSource } from "./source.ts";
import type { Fields } from "./source.ts";

/** Its name in the folder of suites. */
export const conformanceFile = "conformance.yaml";

const head = `# Made by \`criteria lint --update\`. The cases and invariants that a runtime must pass: those with a check at level MUST, without drafts
# and robustness. Beside each stands a digest of what it says, without its prose: where the meaning of a case changes, this file does.
cases:
`;

/** Id without axes → digest, in order of id. */
export function conformanceOf(catalog: Catalog): ReadonlyMap<string, string> {
  const required = new Map<string, Set<string>>();
  const add = (id: string, requirements: readonly string[]): void => void required.set(id, new Set([...(required.get(id) ?? []), ...requirements]));
  for (const { plan, baseId } of catalog.cases) if (plan.draft === undefined && !plan.robustness && isRequired(catalog, baseId)) add(baseId, plan.requirements);
  for (const { plan } of catalog.invariants) if (plan.level === "MUST" && catalog.written.has(plan.id)) add(plan.id, plan.covers);
  return new Map([...required].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, requirements]) => [id, digestOf(catalog.written.get(id) ?? {}, levelsOf(catalog, [...requirements]))]));
}

function isRequired(catalog: Catalog, baseId: string): boolean {
  return catalog.written.has(baseId) && catalog.cases.some((item) => item.baseId === baseId && item.plan.level === "MUST");
}

/** A rule that becomes stricter or laxer changes what a case means. */
function levelsOf(catalog: Catalog, ids: readonly string[]): Record<string, Level> {
  return Object.fromEntries([...ids].sort().map((id) => [id, catalog.requirements.get(id)?.level ?? "MAY"]));
}

/** Prose explains and judges nothing. */
const prose: ReadonlySet<string> = new Set(["about", "alone", "draft"]);

/** A digest of a case's meaning: neither layout nor comments, prose nor the order of keys count, save that of fixtures. */
export function digestOf(body: Fields, levels: Readonly<Record<string, Level>>): string {
  const steps = Object.fromEntries(Object.entries(body).filter(([key]) => !prose.has(key)));
  return createHash("sha256").update(JSON.stringify([canonical(steps, false), canonical(levels, false)])).digest("hex").slice(0, 16);
}

function canonical(value: unknown, inOrder: boolean): unknown {
  if (typeof value === "bigint") return `int ${value}`;
  if (typeof value === "string") return `text ${value.trimEnd()}`;
  if (Array.isArray(value)) return value.map((item: unknown) => canonical(item, inOrder));
  if (!isFields(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, canonical(item, inOrder || key === "given" || key === "before")] as const).filter(([key, item]) => key !== "about" || typeof item !== "string");
  return inOrder ? entries : Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The file's text. */
export function conformanceText(catalog: Catalog): string {
  return head + [...conformanceOf(catalog)].map(([id, digest]) => `  ${id}: "${digest}"\n`).join("");
}

/** How the committed list differs from the suites. */
export function conformanceDrift(catalog: Catalog): string[] {
  const file = join(catalog.dir, conformanceFile);
  if (!existsSync(file)) return [`suites/${conformanceFile} is not there: run criteria lint --update`];
  const problems = new Problems();
  const { value } = readSource(file, `suites/${conformanceFile}`, problems);
  problems.throwIfAny();
  const cases: unknown = isFields(value) ? value["cases"] : undefined;
  const listed = new Map(isFields(cases) ? Object.entries(cases).map(([id, digest]) => [id, String(digest)]) : []);
  const real = conformanceOf(catalog);
  const changes = [...new Set([...listed.keys(), ...real.keys()])].sort().flatMap((id) => {
    if (!real.has(id)) return [`${id} is no required case any more`];
    if (!listed.has(id)) return [`${id} is required and not listed`];
    return listed.get(id) === real.get(id) ? [] : [`${id} says something else now`];
  });
  return changes.map((change) => `suites/${conformanceFile}: ${change}: run criteria lint --update`);
}
