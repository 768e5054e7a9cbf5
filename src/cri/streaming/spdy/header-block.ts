import { constants, inflateSync } from "node:zlib";
import { dictionary, dictionaryId } from "./dictionary.ts";

/** Names in lower case, as SPDY demands. */
export type Headers = Readonly<Record<string, string>>;

/** Peers send a handful of short headers; a block beyond this is nothing we asked for. */
const maxInflatedBytes = 1024 * 1024;

function lengthPrefixed(text: string): Buffer {
  const value = Buffer.from(text, "utf8");
  const block = Buffer.alloc(4 + value.length);
  block.writeUInt32BE(value.length);
  value.copy(block, 4);
  return block;
}

function plainBlock(headers: Headers): Buffer {
  const entries = Object.entries(headers);
  const count = Buffer.alloc(4);
  count.writeUInt32BE(entries.length);
  return Buffer.concat([count, ...entries.flatMap(([name, value]) => [lengthPrefixed(name.toLowerCase()), lengthPrefixed(value)])]);
}

function storedBlock(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(bytes.length, 1);
  head.writeUInt16LE(~bytes.length & 0xffff, 3);
  return Buffer.concat([head, bytes]);
}

/**
 * Writes the header blocks of one connection. All blocks form one zlib stream; ours uses stored blocks only,
 * which need no compressor state, keep frames in order without waiting, and cost a few hundred bytes.
 */
export class HeaderWriter {
  #begun = false;

  write(headers: Headers): Buffer {
    const parts = [storedBlock(plainBlock(headers)), storedBlock(new Uint8Array())]; // the empty block is the flush that readers wait for
    if (this.#begun) return Buffer.concat(parts);
    this.#begun = true;
    const zlibHeader = Buffer.from([0x78, 0x20, 0, 0, 0, 0]); // deflate, 32 KiB window, preset dictionary
    zlibHeader.writeUInt32BE(dictionaryId, 2);
    return Buffer.concat([zlibHeader, ...parts]);
  }
}

/** Reads the header blocks of one connection, whoever compressed them. */
export class HeaderReader {
  #compressed = Buffer.alloc(0);
  #seen = 0;

  /**
   * Later blocks refer back to earlier ones. A connection has a few small blocks, so all are inflated anew
   * each time: synchronous, and that keeps frames in order.
   */
  read(block: Uint8Array): Record<string, string> {
    this.#compressed = Buffer.concat([this.#compressed, block]);
    const all = inflateSync(this.#compressed, {
      dictionary,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: maxInflatedBytes,
    });
    const fresh = all.subarray(this.#seen);
    this.#seen = all.length;
    return parseBlock(fresh);
  }
}

function parseBlock(block: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  let at = 4;
  const next = (): string => {
    const length = block.readUInt32BE(at);
    const text = block.toString("utf8", at + 4, at + 4 + length);
    at += 4 + length;
    return text;
  };
  const count = block.readUInt32BE(0);
  for (let n = 0; n < count; n++) {
    const name = next();
    headers[name] = next();
  }
  return headers;
}
