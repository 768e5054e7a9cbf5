import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { readYaml } from "./document.ts";
import { readStoredYaml, storeOf, storeText, type YamlStore } from "./stored.ts";

const suites = new URL("../../suites/", import.meta.url);
const texts = readdirSync(suites, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml")).map((file) => readFileSync(new URL(file, suites), "utf8"));

/** A reader that would notice: what is in this store is not what its text says. */
function lying(text: string): YamlStore {
  return new Map(Array.from(storeOf(storeText([text])), ([hash]) => [hash, ['"stored"', "0"]]));
}

describe("stored documents", () => {
  it("are those of the parser for every suite, with every place", () => {
    const store = storeOf(storeText(texts));
    expect(store.size).to.equal(new Set(texts).size).and.above(50);
    for (const text of texts) {
      const [stored, read] = [readStoredYaml(text, store), readYaml(text)];
      expect(stored.value).to.deep.equal(read.value);
      for (const path of [[], ["suite"], ["cases", 1], ["cases", 1, "id"], ["cases", 1, "steps", 0], ["requirements", 2, "text"], ["waivers", 0, "reason"]]) {
        expect([stored.startOf(path), stored.keyOf(path), stored.within(path, "x", 0), stored.position(stored.startOf(path))]).to.deep.equal([read.startOf(path), read.keyOf(path), read.within(path, "x", 0), read.position(read.startOf(path))]);
      }
    }
  });
  it("keep numbers of every kind", () => {
    const text = 'a: [1, -2.5, 1.0, 9223372036854775807, .inf, "3", true, null]\n__proto__: { b: 1 }\n';
    const { value } = readStoredYaml(text, storeOf(storeText([text])));
    expect(value).to.deep.equal(readYaml(text).value);
    expect(storeOf(storeText([text])).size).to.equal(1);
  });
  it("are taken for the very text only", () => {
    expect(readStoredYaml("a: 1\n", lying("a: 1\n")).value).to.equal("stored");
    expect(readStoredYaml("a: 2\n", lying("a: 1\n")).value).to.deep.equal({ a: 2n });
  });
  it("leave out what is no document, and what they could not tell again", () => {
    expect(storeOf(storeText(["a: [1", "a: &b 1", "a: { $int: '1' }", "a: -0.0"])).size).to.equal(0);
  });
});
