/** Turning a suite's script into actions of the transports. */
import type { ScriptAction } from "../cri/streaming/script.ts";
import { HarnessError } from "../model/errors.ts";
import { asRecord, type Message } from "../cri/message.ts";
import { flag, optionalInt } from "./input.ts";

/** Text stands for its UTF-8. */
export function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) {
    return value;
  }
  if (typeof value === "string") {
    return new TextEncoder().encode(value);
  }
  throw new HarnessError("SUITE_INVALID", `a script wants text or bytes, got ${typeof value}`, { hint: "Quote the text." });
}

export interface ScriptActionSchema {
  readonly name: string;
  /** What stands behind the name. */
  readonly value: string;
  readonly about: string;
}

/** Every action of a script. */
export const scriptActions: readonly ScriptActionSchema[] = [
  { name: "send", value: "text or bytes", about: "sends it; a session or connection that is over takes it without a word" },
  { name: "await", value: "text or bytes", about: "goes on when it has come, in a session on stdout; save in `dial` the next one looks only behind it" },
  { name: "resize", value: "{ width, height }", about: "tells the size of the terminal; only in sessions" },
  { name: "closeSend", value: "true", about: "ends the input; a WebSocket cannot: say `transport: spdy`" },
  { name: "awaitEnd", value: "true", about: "goes on when the other side has ended" },
  { name: "close", value: "true", about: "hangs up; in a session or connection nothing comes after it" },
  { name: "steps", value: "a list of steps", about: "does them while the session or connection stays open" },
];

function actionOf(line: Message, runSteps: (list: number) => Promise<void>): ScriptAction {
  const [key] = Object.keys(line);
  switch (key) {
    case "send":
      return { send: bytesOf(line[key]) };
    case "await":
      return { await: bytesOf(line[key]) };
    case "resize": {
      const size = asRecord(line[key]) ?? {};
      return { resize: { width: optionalInt(size, "width") ?? 0, height: optionalInt(size, "height") ?? 0 } };
    }
    case "closeSend":
      return { closeSend: true };
    case "awaitEnd":
      return { awaitEnd: true };
    case "close":
      return { close: true };
    case "steps":
      return { run: async () => runSteps(Number(line[key])) };
    default:
      throw new HarnessError("SUITE_INVALID", `a script has no '${String(key)}'`, { hint: `It has ${scriptActions.map(({ name }) => name).join(", ")}.` });
  }
}

/** The actions of a script. `steps` inside it run through `runSteps`, by their number. */
export function scriptOf(value: unknown, runSteps: (list: number) => Promise<void>): ScriptAction[] {
  if (value === undefined || value === null) {
    return [];
  }
  if (!Array.isArray(value)) {
    throw new HarnessError("SUITE_INVALID", "script wants a list", { hint: "Write a list of actions." });
  }
  return value.map((line: unknown) => actionOf(asRecord(line) ?? {}, runSteps));
}

/** The transport asked for, if any. */
export function transportOf(input: Message): "spdy" | "websocket" | "http" | undefined {
  const value = input["transport"];
  if (value === undefined || value === null || value === "") {
    return undefined;
  }
  if (value === "spdy" || value === "websocket" || value === "http") {
    return value;
  }
  throw new HarnessError("SUITE_INVALID", `transport is spdy, websocket or http, not ${String(value)}`, { hint: "Leave it out to take what the server has." });
}

/** Whether the connections of a forward are played at once. */
export function together(input: Message): boolean {
  return flag(input, "together");
}
