import { expect } from "chai";
import { describe, it } from "mocha";
import { parseLog, timestampNs } from "./log-lines.ts";
import { parseExactJson } from "./probe-json.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("parseLog", () => {
  it("keeps nanoseconds, tags and content, and sets malformed lines apart", () => {
    const log = parseLog(bytes("2024-01-02T03:04:05.123456789Z stdout P:x a b\n2024-01-02T03:04:05Z stderr F \nnonsense\n2024"));
    expect(log.entries.map((entry) => new TextDecoder().decode(entry.content))).to.deep.equal(["a b", ""]);
    expect(log.entries[0]?.timestamp).to.equal(1704164645123456789n);
    expect(log.entries[0]?.tags).to.deep.equal(["P", "x"]);
    expect(log.malformed).to.deep.equal(["nonsense"]);
    expect(log.unfinished).to.equal(true);
  });

  it("reads offsets", () => {
    expect(timestampNs("1970-01-01T01:00:00.5+01:00")).to.equal(500_000_000n);
    expect(timestampNs("1970-01-01 00:00:00Z")).to.equal(undefined);
  });
});

describe("parseExactJson", () => {
  it("keeps large integers and leaves digits in strings alone", () => {
    expect(parseExactJson('{"a":9007199254740993,"b":"12","c":1.5,"d":null}')).to.deep.equal({ a: 9007199254740993n, b: "12", c: 1.5 });
  });
});
