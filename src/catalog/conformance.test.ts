import { expect } from "chai";
import { describe, it } from "mocha";
import { baseOf } from "../model/plan.ts";
import { yamlValue } from "../yaml/document.ts";
import { conformanceDrift, conformanceOf, conformanceText, digestOf } from "./conformance.ts";
import { loadCatalog } from "./load.ts";
import { isFields } from "./source.ts";
import type { Fields } from "./source.ts";

function digest(yaml: string, level: "MUST" | "SHOULD" = "MUST"): string {
  const body = yamlValue(yaml, "bigint");
  return digestOf(isFields(body) ? body : {}, { "A-1": level });
}

const written = "id: a.b\nabout: x\ngiven: { pod: {}, container: {} }\nsteps:\n  - { StopContainer: { container_id: x, timeout: 2 }, covers: A-1 }\n";

describe("the digest of a case", () => {
  it("does not see layout, comments, prose and the order of keys", () => {
    const other = "# why\nid: a.b\nsteps:\n  - covers: A-1\n    about: in words\n    StopContainer:\n      timeout: 2\n      container_id: \"x\"\ngiven: { pod: {}, container: {} }\nabout: another sentence\n";
    expect(digest(other)).to.equal(digest(written));
  });

  const changes: readonly (readonly [string, string])[] = [
    ["another value", written.replace("timeout: 2", "timeout: 3")],
    ["text for a number", written.replace("timeout: 2", "timeout: \"2\"")],
    ["another order of fixtures", written.replace("pod: {}, container: {}", "container: {}, pod: {}")],
    ["a feature more", `${written}needs: network\n`],
  ];
  for (const [what, text] of changes) it(`sees ${what}`, () => { expect(digest(text)).to.not.equal(digest(written)); });
  it("sees a rule of another level", () => { expect(digest(written, "SHOULD")).to.not.equal(digest(written)); });
});

describe("the list of required cases", () => {
  const catalog = loadCatalog();

  it("has no drafts, no robustness and nothing without a MUST", () => {
    const ids = conformanceOf(catalog);
    expect(ids.has("pod-sandbox.stop.twice")).to.equal(true);
    const wrong = catalog.cases.filter(({ plan, baseId }) => ids.has(baseId) && (plan.draft !== undefined || plan.robustness));
    expect(wrong.map(({ baseId }) => baseId)).to.deep.equal([]);
    expect([...ids.keys()].filter((id) => ![...catalog.cases, ...catalog.invariants].some(({ plan }) => baseOf(plan.id) === id && plan.level === "MUST"))).to.deep.equal([]);
  });

  it("is what its file says", () => {
    expect(conformanceDrift(catalog), "run criteria lint --update").to.deep.equal([]);
    expect(yamlValue(conformanceText(catalog))).to.have.property("cases").that.is.an("object");
  });

  it("tells what is new, gone and different", () => {
    const [first, second] = [...conformanceOf(catalog).keys()];
    const changed = { ...catalog, written: new Map([...catalog.written].map(([id, body]): [string, Fields] => [id, id === first ? { ...body, needs: "new" } : body]).filter(([id]) => id !== second)) };
    expect(conformanceDrift(changed).join()).to.contain(`${first ?? ""} says something else now`).and.to.contain(`${second ?? ""} is no required case any more`);
  });
});
