/** The page of all cases, made from the suites for `criteria docs`. */
import { citations, coverageOf } from "./coverage.ts";
import type { LevelCoverage } from "./coverage.ts";
import type { Catalog } from "./load.ts";

interface Row {
  readonly id: string;
  readonly about: string;
  readonly level: string;
  readonly requirements: readonly string[];
  readonly cells: number;
}

/** Every case and invariant by suite with what it covers, then the coverage of each area; in Markdown. */
export function caseCatalogMarkdown(catalog: Catalog): string {
  const suites = [...catalog.suites].sort().map((suite) => sectionOf(suite, rowsOf(catalog, suite))).filter((section) => section !== "");
  return `# Cases\n\nMade from the suites by \`criteria docs\`. A case with axes is one line; the number in brackets counts its written cells.\n\n${suites.join("\n")}\n${coverageSection(catalog)}`;
}

function rowsOf(catalog: Catalog, suite: string): Row[] {
  const rows = new Map<string, Row>();
  for (const { plan, baseId } of catalog.cases.filter((item) => item.plan.suite === suite)) {
    const known = rows.get(baseId);
    rows.set(baseId, { id: baseId, about: plan.about, level: plan.level, requirements: [...new Set([...(known?.requirements ?? []), ...plan.requirements])], cells: (known?.cells ?? 0) + 1 });
  }
  for (const { plan } of catalog.invariants.filter((item) => item.plan.suite === suite)) rows.set(plan.id, { ...plan, requirements: plan.covers, cells: 1 });
  return [...rows.values()];
}

function sectionOf(suite: string, rows: readonly Row[]): string {
  if (rows.length === 0) return "";
  const lines = rows.map((row) => `| \`${row.id}\`${row.cells > 1 ? ` (${row.cells})` : ""} | ${row.level} | ${inCell(row.about)} | ${row.requirements.join(", ")} |`);
  return `## ${suite}\n\n| case | level | about | covers |\n|---|---|---|---|\n${lines.join("\n")}\n`;
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
