import { expect } from "chai";
import { describe, it } from "mocha";
import { type Path, readYaml, yamlValue } from "./document.ts";

const text = `# a comment
suite: a/b
cases:
  - id: first
    "quoted": 'it is'
    left-out:
    flow: { n: 9223372036854775807, list: [x, "y"] }
    block: |
      one
      two
`;

describe("readYaml", () => {
  const document = readYaml(text);
  const at = (path: Path): string => {
    const { line, column } = document.position(document.startOf(path));
    return `${line}:${column}`;
  };

  it("gives the value, integers as bigint", () => {
    expect(document.complaints).to.deep.equal([]);
    expect(document.value).to.deep.equal({
      suite: "a/b", cases: [{ "id": "first", "quoted": "it is", "left-out": null, "flow": { n: 9223372036854775807n, list: ["x", "y"] }, "block": "one\ntwo\n" }],
    });
    expect(readYaml("[-5, +7, 0x10, 0o17, 010, 1.5, 1e3]").value).to.deep.equal([-5n, 7n, 16n, 15n, 10n, 1.5, 1000]);
    expect(readYaml("").value).to.equal(null);
  });
  it("tells where each value begins, and the nearest parent of what is not there", () => {
    expect(at([])).to.equal("2:1");
    expect(at(["cases", 0])).to.equal("4:5");
    expect(at(["cases", 0, "quoted"])).to.equal("5:15");
    expect(at(["cases", 0, "flow", "list", 1])).to.equal("7:47");
    expect(at(["cases", 0, "block"])).to.equal("8:12");
    expect(at(["cases", 0, "left-out"])).to.equal("6:5");
    expect(at(["cases", 0, "none", "such"])).to.equal("4:5");
    expect(at(["cases", 7])).to.equal("4:3");
  });
  it("tells where keys and the inside of texts are", () => {
    expect(document.position(document.keyOf(["cases", 0, "quoted"]))).to.deep.equal({ line: 5, column: 5 });
    expect(document.position(document.within(["cases", 0, "quoted"], "it is", 3))).to.deep.equal({ line: 5, column: 19 });
    expect(document.position(document.within(["cases", 0, "block"], "one\ntwo\n", 4)), "folds hide it").to.deep.equal({ line: 8, column: 12 });
  });

  const wrong: readonly (readonly [text: string, message: string, line: number, column: number])[] = [
    ["a: [1, 2", "unexpected end of the stream within a flow collection", 1, 9],
    ["a:\n  b: 1\n c: 2", "bad indentation of a mapping entry", 3, 2],
    ["a: 1\na: 2", "duplicated mapping key", 2, 1],
    ["a: { b: ${x} }", "YAML reads '{' as a mapping: quote the text", 1, 10],
    ["a: {{x}: 1}", "YAML reads '{' as a mapping: quote the text", 1, 5],
    ["a: !has(x)", "YAML reads '!has(x)' as a tag: quote the text", 1, 4],
    ["a: &b 1", "anchors are not allowed", 1, 4],
    ["a: *b", "aliases are not allowed: write it out", 1, 4],
    ["a: 1\n---\nb: 1", "a file holds one document", 1, 1],
  ];
  for (const [broken, message, line, column] of wrong) {
    it(`refuses ${JSON.stringify(broken)} with its place`, () => {
      const { value, complaints, position } = readYaml(broken);
      expect(complaints.map((complaint) => [complaint.message, position(complaint.offset)])).to.deep.equal([[message, { line, column }]]);
      expect(value).to.equal(undefined);
    });
  }
});

describe("yamlValue", () => {
  it("takes whatever YAML allows, once", () => {
    expect(yamlValue("a: &x 1\nb: *x")).to.deep.equal({ a: 1, b: 1 });
    expect(yamlValue("1", "bigint")).to.equal(1n);
    expect(yamlValue("")).to.equal(null);
    expect(() => yamlValue("a: 1\n---\nb: 2")).to.throw("one document");
    expect(() => yamlValue("a: [")).to.throw(/flow collection/);
  });
});
