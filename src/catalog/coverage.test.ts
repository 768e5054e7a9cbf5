import { expect } from "chai";
import { describe, it } from "mocha";
import { caseCatalogMarkdown } from "./case-catalog.ts";
import { coverageOf, coverageText, lint, totalsOf } from "./coverage.ts";
import { loadCatalog } from "./load.ts";
import type { Catalog } from "./load.ts";
import type { Requirement } from "./requirements.ts";

const real = loadCatalog();

function catalogOf(...requirements: readonly (readonly [id: string, uncovered?: string])[]): Catalog {
  const made = requirements.map(([id, uncovered]): Requirement => ({
    id, area: "a", level: "MUST", text: "t", source: "s", caller: false, retired: false, at: { file: "r.yaml", line: 1, column: 1 }, ...(uncovered === undefined ? {} : { uncovered }),
  }));
  const invariants = real.invariants.slice(0, 1).map((item) => ({ ...item, plan: { ...item.plan, covers: ["A-1"] } }));
  return { ...real, requirements: new Map(made.map((item) => [item.id, item])), cases: [], invariants };
}

describe("coverage", () => {
  const catalog = catalogOf(["A-1"], ["A-2", "not | seen"], ["A-3"]);

  it("tells cited, uncovered for a reason, and open apart", () => {
    const [area] = coverageOf(catalog);
    expect(area?.requirements.map(({ state }) => state)).to.deep.equal(["cited", "reason", "open"]);
    expect(area?.levels.MUST).to.deep.equal({ cited: 1, draft: 0, reason: 1, open: 1, judged: 0, killed: 0, total: 3 });
  });

  it("counts what a real runtime was judged by and what killed a mutant", () => {
    const evidence = { judged: new Set(["A-1", "A-3"]), killed: new Set(["A-1"]) };
    expect(totalsOf(coverageOf(catalog, evidence)).MUST).to.include({ cited: 1, judged: 2, killed: 1 });
    expect(coverageText(coverageOf(catalog, evidence))).to.match(/all +MUST +1 +0 +2 +1 +1 +1 +3/).and.to.contain("A-2 MUST: not | seen");
  });

  it("tells what only drafts cite, which no real runtime can have been judged by", () => {
    const [one] = real.cases;
    const citing = (draft: object) => (one === undefined ? [] : [{ ...one, plan: { ...one.plan, requirements: ["A-1", "A-2"], ...draft } }]);
    const { invariants, ...bare } = catalogOf(["A-1"], ["A-2"]);
    expect(totalsOf(coverageOf({ ...bare, invariants, cases: citing({ draft: "nobody serves it" }) })).MUST).to.include({ cited: 2, draft: 1 });
    expect(totalsOf(coverageOf({ ...bare, invariants: [], cases: citing({ draft: undefined }) })).MUST).to.include({ cited: 2, draft: 0 });
  });

  it("complains of open requirements and of stale reasons", () => {
    expect(lint(catalog)).to.deep.equal(["r.yaml:1:1: A-3 is covered by no case, and no reason is given"]);
    expect(lint(catalogOf(["A-1", "why"]))).to.deep.equal(["r.yaml:1:1: A-1 is covered: drop its reason"]);
  });

  it("lists every case with what it covers", () => {
    const page = caseCatalogMarkdown(real);
    for (const { baseId } of real.cases) expect(page).to.contain(`| \`${baseId}\``);
    expect(caseCatalogMarkdown(catalog)).to.contain("| a | 1 · 1 · 1 |  |  |").and.to.contain("| A-2 | MUST | not \\| seen |");
  });
});
