/** The probe's services on the ports of the pod's simulated loopback; nothing outside of PortForward reaches them. */
import type { PortAnswer, ProcessApi } from "./process.ts";
import type { World } from "./program.ts";
import { NotSimulated, Options, wholeNumber } from "./program-options.ts";
import { untilSignal } from "./program-signals.ts";

/** Echoes; with --answer-after-eof only once the client has ended its input; the first --reset connections are cut. */
export async function listen(args: readonly string[], api: ProcessApi, world: World): Promise<number> {
  const options = new Options(args, ["tcp", "udp", "http", "host", "greet", "reset"], ["answer-after-eof"]);
  if (options.has("udp")) throw new NotSimulated("listen");
  let resets = options.number("reset", 0);
  for (const port of options.all("tcp")) {
    api.serve(wholeNumber(port), (answer) => {
      if (resets-- > 0) {
        answer.end();
        return () => undefined;
      }
      if (options.has("greet")) answer.send(options.last("greet", ""));
      return options.has("answer-after-eof") ? collect(answer) : echo(answer);
    });
  }
  const body = `hello from ${world.hostname}\n`;
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  for (const port of options.all("http")) {
    api.serve(wholeNumber(port), (answer) => (input) => {
      if (input !== undefined && !Buffer.from(input).includes("\r\n\r\n")) return;
      if (input !== undefined) answer.send(head + body);
      answer.end();
    });
  }
  const opened = ["tcp", "http"].flatMap((kind) => options.all(kind).map((port) => `${kind}/${port}`));
  api.write("stdout", `${JSON.stringify({ listening: opened })}\n`);
  return await untilSignal(api);
}

function echo(answer: PortAnswer): (input: Uint8Array | undefined) => void {
  return (input) => {
    if (input === undefined) answer.end();
    else answer.send(input);
  };
}

function collect(answer: PortAnswer): (input: Uint8Array | undefined) => void {
  const parts: Uint8Array[] = [];
  return (input) => {
    if (input !== undefined) {
      parts.push(Buffer.from(input));
      return;
    }
    answer.send(Buffer.concat(parts));
    answer.end();
  };
}
