import { expect } from "chai";
import { describe, it } from "mocha";
import { scriptActions, scriptOf } from "../steps/script.ts";
import { verbsMarkdown } from "./write-docs.ts";

describe("the page of the harness verbs", () => {
  const page = verbsMarkdown();

  it("has the fields inside of fields, by their path", () => {
    expect(page).to.include("| input | `rename.from` (required) | `string` | old path |")
      .and.include("| result | `entries[].content` | `bytes` | without the line end |");
  });

  it("has each action of a script, and scripts take them all", () => {
    for (const { name } of scriptActions) {
      expect(page).to.include(`| \`${name}\` |`);
      expect(() => scriptOf([{ [name]: "x" }], () => Promise.resolve()), name).not.to.throw();
    }
    expect(() => scriptOf([{ shout: "x" }], () => Promise.resolve())).to.throw("a script has no 'shout'");
  });
});
