/** The page of all cases, made from the suites for `criteria docs`. */
import { citations, coverageOf } from "./coverage.ts";
import type { LevelCoverage } from "./coverage.ts";
import { baseOf, type PlanCase, type PlanStep } from "../model/plan.ts";
import type { Catalog } from "./load.ts";

interface Row {
  readonly id: string;
  readonly about: string;
  readonly level: string;
  readonly requirements: readonly string[];
  readonly steps: string;
  readonly marks: readonly string[];
  readonly file: string;
  readonly cells: number;
}

/** Every case and invariant by suite with its steps and what it covers, the requirements with their sources, and the coverage of each area; in Markdown. */
export function caseCatalogMarkdown(catalog: Catalog): string {
  const suites = [...catalog.suites].sort().map((suite) => sectionOf(suite, rowsOf(catalog, suite))).filter((section) => section !== "");
  return `# Cases\n\nMade from the suites by \`criteria docs\`. A case with axes is one line; the number in brackets counts its written cells.\nWhat a runtime must pass stands in \`suites/conformance.yaml\`.\n\n${suites.join("\n")}\n${requirementSection(catalog)}\n${coverageSection(catalog)}`;
}

function rowsOf(catalog: Catalog, suite: string): Row[] {
  const rows = new Map<string, Row>();
  for (const { plan, baseId } of catalog.cases.filter((item) => item.plan.suite === suite)) {
    const known = rows.get(baseId);
    rows.set(baseId, { id: baseId, about: plan.about, level: plan.level, steps: stepsText(plan.steps), marks: marksOf(plan), file: plan.at.file, requirements: [...new Set([...(known?.requirements ?? []), ...plan.requirements])], cells: (known?.cells ?? 0) + 1 });
  }
  for (const { plan } of catalog.invariants.filter((item) => item.plan.suite === suite)) rows.set(plan.id, { ...plan, steps: `every ${typeof plan.of === "string" ? plan.of : Object.values(plan.of).join(" beside ")}`, marks: [], file: plan.at.file, requirements: plan.covers, cells: 1 });
  return [...rows.values()];
}

function marksOf(plan: PlanCase): string[] {
  return [...(plan.draft === undefined ? [] : ["draft"]), ...(plan.alone === undefined ? [] : ["alone"]), ...(plan.robustness ? ["robustness"] : [])];
}

/** Verbs in order; those that are judged are in bold. */
function stepsText(steps: readonly PlanStep[]): string {
  const names = steps.flatMap(namesOf);
  return names.filter((name, index) => name !== names[index - 1]).join(", ");
}

function namesOf({ verb, checks }: PlanStep): string[] {
  if (verb.kind === "group") return verb.steps.flatMap(namesOf);
  if (verb.kind === "parallel") return verb.branches.flatMap((branch) => branch.steps.flatMap(namesOf));
  return [checks.length === 0 ? verb.name : `**${verb.name}**`];
}

function sectionOf(suite: string, rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return "";
  const lines = rows.map((row) => `| \`${row.id}\`${row.cells > 1 ? ` (${row.cells})` : ""}${row.marks.map((mark) => ` *${mark}*`).join("")} | ${row.level} | ${inCell(row.about)} | ${row.steps} | ${row.requirements.join(", ")} |`);
  return `## ${suite}\n\n[${first.file}](../${first.file})\n\n| case | level | about | steps | covers |\n|---|---|---|---|---|\n${lines.join("\n")}\n`;
}

function requirementSection(catalog: Catalog): string {
  const cited = citations(catalog);
  const lines = [...catalog.requirements.values()].filter(({ retired, caller }) => !retired && !caller)
    .map(({ id, level, since, source }) => `| ${id} | ${level} | ${since ?? ""} | ${inCell(source)} | ${new Set((cited.get(id) ?? []).map(baseOf)).size} |`);
  return `## Requirements\n\nThe text of each: \`criteria show ID\`.\n\n| requirement | level | since | source | cases |\n|---|---|---|---|---|\n${lines.join("\n")}\n`;
}

function coverageSection(catalog: Catalog): string {
  const areas = coverageOf(catalog);
  const figure = ({ cited, reason, open, total }: LevelCoverage): string => (total === 0 ? "" : `${cited} · ${reason} · ${open}`);
  const lines = areas.map(({ area, levels }) => `| ${area} | ${figure(levels.MUST)} | ${figure(levels.SHOULD)} | ${figure(levels.MAY)} |`);
  const reasons = areas.flatMap(({ uncovered }) => uncovered).flatMap(({ id, level, reason }) => (reason === undefined ? [] : [`| ${id} | ${level} | ${inCell(reason)} |`]));
  const why = reasons.length === 0 ? "" : `\n### Not covered, and why\n\n| requirement | level | reason |\n|---|---|---|\n${reasons.join("\n")}\n`;
  return `## Coverage\n\n${citations(catalog).size} requirements are cited. By area: cited · uncovered for a reason · open.\n\n| area | MUST | SHOULD | MAY |\n|---|---|---|---|\n${lines.join("\n")}\n${why}`;
}

function inCell(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|");
}
