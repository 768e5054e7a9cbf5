/** What a hostile or broken runtime does on the wire. */
import { type ClientHttp2Session, constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { WireFault } from "../../reference-runtime/mutators/mutator.ts";
import { framed } from "../../cri/grpc-frames.ts";
import { type Call, openUpstream, respondExactly } from "./relay.ts";

const hugeBytes = 64 * 1024 * 1024;
const chunkBytes = 1024 * 1024;
const trickleMs = 1000;
const headers: OutgoingHttpHeaders = { ":status": 200, "content-type": "application/grpc" };
/** No message of CRI begins so: field 0 does not exist. */
const garbage = Buffer.from([0x07, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

/** Answers the call with the fault. What is endless ends when the client leaves. */
export function breakWire(call: Call, fault: WireFault, session: ClientHttp2Session): void {
  const { stream } = call;
  switch (fault) {
    case "hang": stream.resume(); return;
    case "lost-answer": loseAnswer(call, session); return;
    case "garbage": answer(stream, framed(garbage)); return;
    case "no-frame": answer(stream, garbage); return;
    case "close": stream.session?.destroy(); return;
    case "reset": stream.close(constants.NGHTTP2_INTERNAL_ERROR); return;
    case "huge": sendHuge(stream); return;
    case "endless": sendForever(stream); return;
    case "no-status": endWithoutStatus(stream); return;
    case "trickle": trickle(stream); return;
  }
}

function answer(stream: ServerHttp2Stream, body: Buffer): void {
  stream.resume();
  respondExactly(stream, headers, false);
  stream.on("wantTrailers", () => { stream.sendTrailers({ "grpc-status": "0" }); });
  stream.end(body);
}

function loseAnswer(call: Call, session: ClientHttp2Session): void {
  const up = openUpstream(call, session);
  if (up === undefined) return;
  call.stream.pipe(up);
  up.resume();
}

function sendHuge(stream: ServerHttp2Stream): void {
  stream.resume();
  respondExactly(stream, headers, false);
  stream.on("wantTrailers", () => { stream.sendTrailers({ "grpc-status": "0" }); });
  const head = Buffer.alloc(5);
  head.writeUInt32BE(hugeBytes, 1);
  stream.write(head);
  pour(stream, Buffer.alloc(chunkBytes), hugeBytes / chunkBytes, () => { stream.end(); });
}

function sendForever(stream: ServerHttp2Stream): void {
  stream.resume();
  respondExactly(stream, headers, false);
  pour(stream, framed(new Uint8Array()), Number.POSITIVE_INFINITY, () => undefined);
}

/** Writes the same again and again, as fast as the client reads. */
function pour(stream: ServerHttp2Stream, chunk: Buffer, times: number, then: () => void): void {
  let left = times;
  const more = (): void => {
    for (; left > 0 && !stream.destroyed; left -= 1) {
      if (!stream.write(chunk)) {
        left -= 1;
        stream.once("drain", more);
        return;
      }
    }
    if (!stream.destroyed) then();
  };
  more();
}

function endWithoutStatus(stream: ServerHttp2Stream): void {
  stream.resume();
  respondExactly(stream, headers, false);
  stream.on("wantTrailers", () => { stream.close(constants.NGHTTP2_NO_ERROR); });
  stream.end(framed(new Uint8Array()));
}

function trickle(stream: ServerHttp2Stream): void {
  stream.resume();
  respondExactly(stream, headers, false);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(chunkBytes, 1);
  stream.write(head);
  const timer = setInterval(() => { stream.write(Buffer.alloc(1)); }, trickleMs);
  stream.once("close", () => { clearInterval(timer); });
}
