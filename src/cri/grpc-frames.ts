/** gRPC's framing of messages in a body: one byte that says whether it is compressed, four of length, the message. */

/** What stands before each message. */
export const headBytes = 5;

export interface Frame {
  readonly compressed: boolean;
  readonly message: Uint8Array;
  /** Head and message as they came. */
  readonly bytes: Buffer;
}

/** The message with its head before it. */
export function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Takes bytes as they come and gives the frames that are whole. */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): Frame[] {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const frames: Frame[] = [];
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) frames.push(frame);
    return frames;
  }

  /** What was no whole frame when the body ended. */
  get rest(): Buffer {
    return this.#held;
  }

  #take(): Frame | undefined {
    if (this.#held.length < headBytes) return undefined;
    const end = headBytes + this.#held.readUInt32BE(1);
    if (this.#held.length < end) return undefined;
    const bytes = this.#held.subarray(0, end);
    this.#held = this.#held.subarray(end);
    return { compressed: bytes[0] !== 0, message: bytes.subarray(headBytes), bytes };
  }
}
