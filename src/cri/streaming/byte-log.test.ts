import { expect } from "chai";
import { describe, it } from "mocha";
import { ByteLog } from "./byte-log.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe("ByteLog", () => {
  it("finds what comes in two pieces", async () => {
    const log = new ByteLog();
    const wait = log.waitFor(bytes("abc"), 1000);

    log.append(bytes("xxab"));
    log.append(bytes("cyy"));

    expect(await wait).to.equal("found");
  });

  it("looks only behind the last match", async () => {
    const log = new ByteLog();
    log.append(bytes("a"));

    expect(await log.waitFor(bytes("a"), 10)).to.equal("found");
    expect(await log.waitFor(bytes("a"), 10)).to.equal("timeout");
  });

  it("tells an end from a timeout", async () => {
    const log = new ByteLog();
    const wait = log.waitFor(bytes("a"), 1000);

    log.end();

    expect(await wait).to.equal("ended");
  });

  it("keeps 20 MB in small pieces", () => {
    const log = new ByteLog();
    for (let n = 0; n < 2000; n++) log.append(Buffer.alloc(10_000, n % 256));

    expect(log.length).to.equal(20_000_000);
    expect(log.bytes[19_999_999]).to.equal(1999 % 256);
  });
});
