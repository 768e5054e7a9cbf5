import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { forgetTempFolder, makeTempFolder } from "./temp-folder.ts";

describe("forgetTempFolder", () => {
  it("removes all that is in a folder, and nothing that a link in it leads to", () => {
    const [path, other] = [makeTempFolder("criteria-forget-"), makeTempFolder("criteria-other-")];
    mkdirSync(join(path, "a/b"), { recursive: true });
    writeFileSync(join(path, "a/b/0.log"), "x");
    symlinkSync(other, join(path, "a/link"));
    forgetTempFolder(path);
    expect([existsSync(path), existsSync(join(other, ".owner"))]).to.deep.equal([false, true]);
    forgetTempFolder(other);
  });
  it("finds nothing wrong with a folder that is gone", () => {
    const path = makeTempFolder("criteria-gone-");
    forgetTempFolder(path);
    expect(() => { forgetTempFolder(path); }).to.not.throw();
  });
});
