import { closeSync, createReadStream, openSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { HarnessError, messageOf } from "../model/errors.ts";
import type { Emit, RunEvent } from "../model/event.ts";
import { decodeLine, encodeLine } from "./event-codec.ts";

export interface EventLog {
  readonly emit: Emit;
  close(): void;
}

/** Lines are gathered and written together: one write a call would cost more than the call. */
const flushBytes = 64 * 1024;
const flushMs = 250;

/** Opens `events.ndjson` for appending. Each line has `n`, its number, then the event. */
export function openEventLog(file: string): EventLog {
  const descriptor = openSync(file, "a");
  let line = 0;
  let waiting: string[] = [];
  let size = 0;
  const flush = (): void => {
    if (waiting.length > 0) writeSync(descriptor, waiting.join(""));
    waiting = [];
    size = 0;
  };
  const timer = setInterval(flush, flushMs);
  timer.unref();
  return {
    emit(event) {
      line += 1;
      const text = `${encodeLine({ n: line, ...event })}\n`;
      waiting.push(text);
      size += text.length;
      if (size > flushBytes || event.type === "run-ended") flush();
    },
    close() {
      clearInterval(timer);
      flush();
      closeSync(descriptor);
    },
  };
}

/**
 * Reads a log back in order, without the events of types that nobody wants. A last line that was cut off by a crash is left
 * out; any other damage is an error.
 */
export async function* readEventLog(file: string, without: ReadonlySet<RunEvent["type"]> = new Set()): AsyncGenerator<RunEvent> {
  const lines = createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Infinity });
  let bad: { readonly number: number; readonly cause: unknown } | undefined;
  let number = 0;
  for await (const line of lines) {
    if (bad !== undefined) throw damaged(file, bad.number, bad.cause);
    number += 1;
    if (line === "" || isOf(line, without)) continue;
    try {
      const event = decodeLine(line);
      if (!isEvent(event)) throw new Error("no event");
      yield event;
    } catch (thrown) {
      bad = { number, cause: thrown };
    }
  }
}

/** Told by the begin of a line, for most of a log is evidence that a report does not read. */
function isOf(line: string, types: ReadonlySet<string>): boolean {
  return types.has(/^\{"n":\d+,"type":"([a-z-]+)"/.exec(line)?.[1] ?? "");
}

function isEvent(value: unknown): value is RunEvent {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function damaged(file: string, line: number, cause: unknown): HarnessError {
  return new HarnessError("RESULT_INVALID", `${file}:${line}: not an event: ${messageOf(cause)}`, { hint: "Restore the file from the run that wrote it.", cause });
}
