import { expect } from "chai";
import { describe, it } from "mocha";
import { globMatches } from "./glob.ts";

describe("globMatches", () => {
  it("takes matrix cells and nothing beyond the pattern", () => {
    expect(globMatches("container.exec.*", "container.exec.eof/transport=spdy/tty=true")).to.equal(true);
    expect(globMatches("container.exec", "container.exec.eof")).to.equal(false);
    expect(globMatches("a.b", "axb")).to.equal(false);
  });
});
