/** Exec, Attach and PortForward: what their URLs do when they are used. */
import type { Message } from "../cri/message.ts";
import { messageOf } from "../model/errors.ts";
import { requireId } from "./call-error.ts";
import { flag, text } from "./fields.ts";
import { launch, specOf } from "./launch.ts";
import { checkStreams, command, track } from "./lifecycle.ts";
import type { OutputStream } from "./logs.ts";
import type { SimulatedProcess } from "./process.ts";
import { sessionOf, type SessionWire } from "./session-wire.ts";
import type { State } from "./state.ts";

/** Exec: checked now, run when the URL is used; who leaves ends the command. */
export function execUrl(state: State, request: Message): Message {
  requireId(text(request, "container_id"), "container_id");
  checkStreams(request);
  const argv = command(request);
  const { id } = state.running(text(request, "container_id"));
  return state.streaming.url("exec", sessionOf(request, (wire) => {
    orFail(wire, () => {
      const container = state.running(id);
      const { process, program } = launch(container, { ...specOf(container), argv, tty: flag(request, "tty"), stdin: flag(request, "stdin") });
      track(container, process);
      connect(wire, process, () => { process.closeInput(); });
      wire.onClose(() => { process.kill(9); });
      process.run(program);
    });
  }));
}

/** Attach: joins the first process; leaving does not end it, but closes its stdin if that was for one session. */
export function attachUrl(state: State, request: Message): Message {
  requireId(text(request, "container_id"), "container_id");
  checkStreams(request);
  const { id } = state.running(text(request, "container_id"));
  return state.streaming.url("attach", sessionOf(request, (wire) => {
    orFail(wire, () => {
      const { process, config } = state.running(id);
      connect(wire, process, () => { if (flag(config, "stdin_once")) process.closeInput(); });
    });
  }));
}

function orFail(wire: SessionWire, work: () => void): void {
  try {
    work();
  } catch (error) {
    wire.end({ failure: messageOf(error) });
  }
}

function connect(wire: SessionWire, process: SimulatedProcess, inputEnded: () => void): void {
  const output = (stream: OutputStream, bytes: Uint8Array): void => { wire.send(stream, bytes); };
  process.outputs.add(output);
  wire.onInput((bytes) => {
    if (bytes === undefined) inputEnded();
    else process.input(bytes);
  });
  wire.onResize((width, height) => { process.resize(width, height); });
  wire.onClose(() => { process.outputs.delete(output); });
  process.onEnd((code) => { wire.end({ code }); });
}
