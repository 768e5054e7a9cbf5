/** A socket that notes when bytes left and when they came: what happens between there and the caller is the harness's own time. */
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { Duplex } from "node:stream";

/** Passes everything on. `performance.now()` milliseconds. */
export class StampedSocket extends Duplex {
  readonly #socket: Socket;
  /** When the last bytes were handed to the kernel. */
  wroteMs = 0;
  /** When the last bytes were taken from the kernel. */
  arrivedMs = 0;

  constructor(socket: Socket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.arrivedMs = performance.now();
      if (!this.push(bytes)) socket.pause();
    });
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.wroteMs = performance.now();
    this.#socket.write(bytes, done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "binary", done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
