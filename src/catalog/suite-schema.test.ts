import { readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { expect } from "chai";
import { describe, it } from "mocha";
import { yamlValue } from "../yaml/document.ts";
import { isSuiteFile } from "./load.ts";
import { suiteSchema, suiteSchemaText } from "./suite-schema.ts";

const folder = new URL("../../suites/", import.meta.url);
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(suiteSchema());

function complaints(suite: unknown): string[] {
  validate(suite);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ""}`);
}

function complaintsOfStep(step: unknown): string[] {
  return complaints({ suite: "s", about: "x", cases: [{ id: "a.b", about: "x", steps: [step] }] });
}

describe("the suite schema", () => {
  it("is what its file holds", () => {
    expect(readFileSync(new URL("suite.schema.json", folder), "utf8") === suiteSchemaText(), "stale: run `criteria docs`").to.equal(true);
    expect(JSON.parse(suiteSchemaText())).to.deep.equal(suiteSchema());
  });

  it("takes every suite", () => {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => file.replaceAll("\\", "/")).filter(isSuiteFile);
    expect(files).to.include.members(["version.yaml", "status.yaml"].map((file) => `runtime/${file}`));
    // Plain numbers here: to a JSON Schema a bigint is no integer.
    for (const file of files) expect(complaints(yamlValue(readFileSync(new URL(file, folder), "utf8"))), file).to.deep.equal([]);
  });

  it("refuses what is mistyped", () => {
    expect(complaintsOfStep({ Version: {}, covers: "A-1" })).to.deep.equal([]);
    expect(complaintsOfStep({ Versoin: {} })).to.not.deep.equal([]);
    expect(complaintsOfStep({ StopContainer: { timeout: "2s" } })).to.not.deep.equal([]);
    expect(complaintsOfStep({ StopContainer: { timeout: "${matrix.timeout}" } })).to.deep.equal([]);
    expect(complaintsOfStep({ ListContainers: { filter: { state: { state: "EXITED" } } } })).to.not.deep.equal([]);
    expect(complaintsOfStep({ interact: { exec: {} } })).to.not.deep.equal([]);
    expect(complaintsOfStep({ exec: { run: ["cat"] }, eventually: "soon" })).to.not.deep.equal([]);
  });
});
