/** SPDY/3.1 framing, both directions. Header blocks stay compressed here: they belong to a connection. */
export type Frame =
  | { readonly type: "data"; readonly streamId: number; readonly fin: boolean; readonly data: Uint8Array }
  | { readonly type: "syn-stream"; readonly streamId: number; readonly fin: boolean; readonly block: Uint8Array }
  | { readonly type: "syn-reply"; readonly streamId: number; readonly fin: boolean; readonly block: Uint8Array }
  | { readonly type: "headers"; readonly streamId: number; readonly fin: boolean; readonly block: Uint8Array }
  | { readonly type: "rst-stream"; readonly streamId: number; readonly status: number }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "goaway"; readonly lastStreamId: number; readonly status: number }
  | { readonly type: "window-update"; readonly streamId: number; readonly delta: number }
  /** Announces our receive window for each stream opened later; written, never read. */
  | { readonly type: "initial-window"; readonly size: number }
  /** SETTINGS of the peer and types that nobody uses here. */
  | { readonly type: "other"; readonly kind: number };

const version = 0x8003;
const finFlag = 1;
const headLength = 8;
const initialWindowSetting = 7;
const kinds = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goaway: 7, headers: 8, windowUpdate: 9 } as const;

/** The bytes of a frame. */
export function encodeFrame(frame: Exclude<Frame, { type: "other" }>): Buffer {
  switch (frame.type) {
    case "data": {
      const head = Buffer.alloc(headLength);
      head.writeUInt32BE(frame.streamId);
      head.writeUInt32BE(flagsAndLength(frame.fin, frame.data.length), 4);
      return Buffer.concat([head, frame.data]);
    }
    case "syn-stream":
      return control(kinds.synStream, frame.fin, [words(frame.streamId, 0), Buffer.alloc(2), frame.block]); // no parent stream, highest priority, no slot
    case "syn-reply":
      return control(kinds.synReply, frame.fin, [words(frame.streamId), frame.block]);
    case "headers":
      return control(kinds.headers, frame.fin, [words(frame.streamId), frame.block]);
    case "rst-stream":
      return control(kinds.rstStream, false, [words(frame.streamId, frame.status)]);
    case "ping":
      return control(kinds.ping, false, [words(frame.id)]);
    case "goaway":
      return control(kinds.goaway, false, [words(frame.lastStreamId, frame.status)]);
    case "window-update":
      return control(kinds.windowUpdate, false, [words(frame.streamId, frame.delta)]);
    case "initial-window":
      return control(kinds.settings, false, [words(1, initialWindowSetting, frame.size)]);
  }
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, n) => {
    bytes.writeUInt32BE(value, n * 4);
  });
  return bytes;
}

function control(kind: number, fin: boolean, parts: readonly Uint8Array[]): Buffer {
  const payload = Buffer.concat(parts);
  const head = Buffer.alloc(headLength);
  head.writeUInt16BE(version);
  head.writeUInt16BE(kind, 2);
  head.writeUInt32BE(flagsAndLength(fin, payload.length), 4);
  return Buffer.concat([head, payload]);
}

function flagsAndLength(fin: boolean, length: number): number {
  return (fin ? finFlag : 0) * 0x1000000 + length;
}

/** Cuts a byte stream into frames, however the network cut it. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #held = 0;
  #needed = headLength;

  /** The frames that are complete now. Throws RangeError for bytes that are no SPDY/3 frame. */
  *push(chunk: Uint8Array): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    while (this.#held >= this.#needed) {
      const bytes = Buffer.concat(this.#chunks);
      let at = 0;
      this.#needed = headLength;
      while (bytes.length - at >= this.#needed) {
        refuseOthers(bytes.readUInt32BE(at));
        const end = at + headLength + (bytes.readUInt32BE(at + 4) & 0xffffff);
        if (end > bytes.length) {
          this.#needed = end - at;
          break;
        }
        const frame = decodeFrame(bytes.subarray(at, end));
        at = end;
        this.#needed = headLength;
        yield frame;
      }
      this.#chunks = [bytes.subarray(at)];
      this.#held = bytes.length - at;
    }
  }
}

/** Before the payload is awaited: a stray header would announce megabytes that never come. */
function refuseOthers(first: number): void {
  if (first >= 0x80000000 && first >>> 16 !== version) throw new RangeError(`not a SPDY/3 frame: it begins with 0x${first.toString(16)}`);
}

function decodeFrame(bytes: Buffer): Frame {
  const first = bytes.readUInt32BE(0);
  const fin = ((bytes[4] ?? 0) & finFlag) !== 0;
  const payload = bytes.subarray(headLength);
  if (first < 0x80000000) return { type: "data", streamId: first, fin, data: payload };
  const kind = first & 0xffff;
  const word = (n: number): number => payload.readUInt32BE(n * 4);
  const id = payload.length >= 4 ? word(0) & 0x7fffffff : 0;
  switch (kind) {
    case kinds.synStream:
      return { type: "syn-stream", streamId: id, fin, block: payload.subarray(10) };
    case kinds.synReply:
      return { type: "syn-reply", streamId: id, fin, block: payload.subarray(4) };
    case kinds.headers:
      return { type: "headers", streamId: id, fin, block: payload.subarray(4) };
    case kinds.rstStream:
      return { type: "rst-stream", streamId: id, status: word(1) };
    case kinds.ping:
      return { type: "ping", id: word(0) };
    case kinds.goaway:
      return { type: "goaway", lastStreamId: id, status: word(1) };
    case kinds.windowUpdate:
      return { type: "window-update", streamId: id, delta: word(1) & 0x7fffffff };
    default:
      return { type: "other", kind };
  }
}
