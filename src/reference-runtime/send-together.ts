import type { Writable } from "node:stream";

/**
 * Lets a stream of grpc-js send at once all that waits in it. By itself it waits after each message for a turn of the event loop, and
 * in a busy process come fewer turns than events: a subscriber would fall ever further behind.
 */
export function sendTogether(call: Writable): void {
  call._writev = (waiting, done) => {
    const send = ({ chunk, encoding }: { readonly chunk: unknown; readonly encoding: BufferEncoding }): Promise<void> =>
      new Promise((sent, failed) => {
        call._write(chunk, encoding, (error?: Error | null) => {
          if (error) failed(error);
          else sent();
        });
      });
    Promise.all(waiting.map(send)).then(() => { done(); }, done);
  };
}
