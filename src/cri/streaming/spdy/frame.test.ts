import { expect } from "chai";
import { constants, deflateSync, inflateSync } from "node:zlib";
import { describe, it } from "mocha";
import { dictionary, dictionaryId } from "./dictionary.ts";
import { encodeFrame, type Frame, FrameReader } from "./frame.ts";
import { HeaderReader, HeaderWriter } from "./header-block.ts";

const samples: readonly Exclude<Frame, { type: "other" }>[] = [
  { type: "syn-stream", streamId: 1, fin: true, block: Buffer.from("block") },
  { type: "syn-reply", streamId: 1, fin: false, block: Buffer.from("b") },
  { type: "data", streamId: 3, fin: false, data: Buffer.alloc(100_000, 7) },
  { type: "data", streamId: 3, fin: true, data: Buffer.alloc(0) },
  { type: "headers", streamId: 3, fin: false, block: Buffer.from("h") },
  { type: "rst-stream", streamId: 3, status: 5 },
  { type: "ping", id: 0xfffffffe },
  { type: "goaway", lastStreamId: 3, status: 0 },
  { type: "window-update", streamId: 0, delta: 65536 },
];

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

describe("SPDY frames", () => {
  for (const cut of [1, 7, 4096, 1_000_000]) {
    it(`come back as they went, cut into ${cut} bytes`, () => {
      const wire = Buffer.concat(samples.map(encodeFrame));
      const reader = new FrameReader();

      const frames: Frame[] = [];
      for (let at = 0; at < wire.length; at += cut) frames.push(...reader.push(wire.subarray(at, at + cut)));

      expect(frames.map((frame) => ("data" in frame ? { ...frame, data: frame.data.length } : "block" in frame ? { ...frame, block: Buffer.from(frame.block).toString() } : frame))).to.deep.equal(
        samples.map((frame) => ("data" in frame ? { ...frame, data: frame.data.length } : "block" in frame ? { ...frame, block: Buffer.from(frame.block).toString() } : frame)),
      );
    });
  }

  it("are laid out as the protocol says", () => {
    expect(encodeFrame({ type: "ping", id: 1 }).toString("hex")).to.equal("800300060000000400000001");
    expect(encodeFrame({ type: "initial-window", size: 0x7fffffff }).toString("hex")).to.equal("800300040000000c00000001000000077fffffff");
    expect(encodeFrame({ type: "data", streamId: 5, fin: true, data: Buffer.from("hi") }).toString("hex")).to.equal("00000005010000026869");
  });

  it("refuses what is no SPDY", () => {
    expect(() => [...new FrameReader().push(Buffer.from("\xff\xffTTP/1.1 400", "latin1"))]).to.throw(RangeError);
  });
});

describe("SPDY header blocks", () => {
  it("are primed with the dictionary of SPDY/3", () => {
    expect(dictionary.length).to.equal(1423);
    expect(adler32(dictionary)).to.equal(dictionaryId);
  });

  it("can be read by any zlib, block after block", () => {
    const writer = new HeaderWriter();

    const first = inflateSync(writer.write({ streamtype: "error" }), { dictionary, finishFlush: constants.Z_SYNC_FLUSH });

    expect(first.toString("latin1")).to.equal("\0\0\0\x01\0\0\0\x0astreamtype\0\0\0\x05error");
  });

  it("come back as they went", () => {
    const writer = new HeaderWriter();
    const reader = new HeaderReader();

    expect(reader.read(writer.write({ streamtype: "data", port: "80" }))).to.deep.equal({ streamtype: "data", port: "80" });
    expect(reader.read(writer.write({}))).to.deep.equal({});
    expect(reader.read(writer.write({ streamtype: "ä" }))).to.deep.equal({ streamtype: "ä" });
  });

  it("are read when really compressed", () => {
    const plain = Buffer.from("\0\0\0\x01\0\0\0\x04host\0\0\0\x04host", "latin1");
    const block = deflateSync(plain, { dictionary, finishFlush: constants.Z_SYNC_FLUSH });

    expect(new HeaderReader().read(block)).to.deep.equal({ host: "host" });
  });
});
