import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { nowNs, rfc3339Nano } from "./clock.ts";

export type OutputStream = "stdout" | "stderr";

/** Content of one record at most; longer lines are split into P records. */
const recordLimit = 16 * 1024;

/** Writes a container's output as CRI log records. Synchronous: the log is on disk before EXITED shows. */
export class ContainerLog {
  readonly path: string;
  #descriptor: number | undefined;
  readonly #pending: Record<OutputStream, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };

  constructor(path: string) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true });
    this.#descriptor = openSync(path, "a", 0o640);
  }

  write(stream: OutputStream, chunk: Uint8Array): void {
    let rest = Buffer.concat([this.#pending[stream], chunk]);
    const records: Buffer[] = [];
    for (;;) {
      const end = rest.indexOf(10);
      if (end >= 0 && end <= recordLimit) {
        records.push(record(stream, "F", rest.subarray(0, end)));
        rest = rest.subarray(end + 1);
      } else if (rest.length > recordLimit) {
        records.push(record(stream, "P", rest.subarray(0, recordLimit)));
        rest = rest.subarray(recordLimit);
      } else break;
    }
    this.#pending[stream] = Buffer.from(rest);
    if (records.length > 0) this.#append(Buffer.concat(records));
  }

  /** Goes on in a file newly opened at the same path; unfinished lines go along. */
  reopen(): void {
    const fresh = openSync(this.path, "a", 0o640);
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = fresh;
  }

  /** Writes what has no newline yet and closes the file. */
  close(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#pending[stream].length > 0) this.#append(record(stream, "F", this.#pending[stream]));
      this.#pending[stream] = Buffer.alloc(0);
    }
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #append(bytes: Buffer): void {
    if (this.#descriptor !== undefined) writeSync(this.#descriptor, bytes);
  }
}

function record(stream: OutputStream, tag: "F" | "P", content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${rfc3339Nano(nowNs())} ${stream} ${tag} `), content, Buffer.from("\n")]);
}
