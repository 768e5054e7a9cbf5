/**
 * A process that answers every unary call at once with the same VersionResponse: what a call to it takes is the
 * harness, the channel and the kernel. Told its socket as argument; ends with its parent.
 */
import { createServer } from "node:http2";

const fields = ["0.1.0", "null-server", "0", "v1"].map((value, index) => Buffer.concat([Buffer.from([((index + 1) << 3) | 2, value.length]), Buffer.from(value)]));
const message = Buffer.concat(fields);
const prefix = Buffer.alloc(5);
prefix.writeUInt32BE(message.length, 1);
const frame = Buffer.concat([prefix, message]);

const server = createServer();
server.on("stream", (stream) => {
  // A caller that goes away is no failure of this server.
  stream.on("error", () => undefined);
  stream.resume();
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(frame);
});
server.listen(process.argv[2], () => process.send?.("ready"));
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent decides.
for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(name, () => undefined);
