import { HarnessError, messageOf } from "../model/errors.ts";
import type { CallCommandOptions } from "./commands/call.ts";
import { durationMs } from "./options.ts";
import { openBareSession } from "./session.ts";
import type { Answer } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import type { Terminal } from "./terminal.ts";

interface CallJob {
  readonly rpc: string;
  readonly json: string;
  readonly options: CallCommandOptions;
  readonly terminal: Terminal;
}

/** `criteria call`: prints the answer as JSON, one line a message of a stream; exit 1 for any status but OK. Of calls at once only the outcomes are counted. */
export async function callOnce({ rpc, json, options, terminal }: CallJob): Promise<number> {
  const request = parseRequest(json);
  const session = await openBareSession(options, terminal);
  try {
    const limits = { signal: terminal.interrupt, ...(options.deadline === undefined ? {} : { deadlineMs: durationMs(options.deadline) }) };
    if (options.atOnce !== undefined) {
      const answers = await Promise.all(Array.from({ length: options.atOnce }, () => session.client.call(rpc, request, limits)));
      return countOutcomes(rpc, answers, terminal);
    }
    const answer = await session.client.call(rpc, request, limits);
    for (const response of answer.responses) terminal.out(`${JSON.stringify(response, plain, options.json === true ? 0 : 2)}\n`);
    if (answer.code === "OK") return 0;
    terminal.err(`${statusLine(rpc, answer)}\n`);
    return 1;
  } finally {
    await session.close();
  }
}

function statusLine(rpc: string, answer: Answer): string {
  if (answer.code === "OK") return `${rpc}: OK`;
  const who = answer.fromRuntime ? "" : " (made by the client)";
  return `${rpc}: ${answer.code}${who}: ${answer.garbage ?? answer.details}`;
}

function countOutcomes(rpc: string, answers: readonly Answer[], terminal: Terminal): number {
  const counts = new Map<string, number>();
  for (const answer of answers) {
    const line = statusLine(rpc, answer);
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  for (const [line, count] of counts) terminal.out(`${count} × ${line}\n`);
  return answers.every((answer) => answer.code === "OK") ? 0 : 1;
}

/** Integers may be as large as the proto's: digits outside strings beyond 2^53 would be rounded, so they become bigint first. */
function parseRequest(json: string): Message {
  try {
    const quoted = json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?![\d.eE])/g, (part) => (part.startsWith('"') ? part : `"\\u0000int:${part}"`));
    const value: unknown = JSON.parse(quoted, (_key, item: unknown) => exact(item));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch (thrown) {
    throw new HarnessError("USAGE", `the request is no JSON: ${messageOf(thrown)}`, { hint: `Write an object, such as '{"verbose": true}'.`, cause: thrown });
  }
  throw new HarnessError("USAGE", "the request is no JSON object", { hint: `Write an object, such as '{"verbose": true}'.` });
}

/** Integers that were marked, and bytes that are no text: `{"$base64":"/w=="}`. */
function exact(item: unknown): unknown {
  if (typeof item === "string") return item.startsWith("\u0000int:") ? BigInt(item.slice(5)) : item;
  if (typeof item !== "object" || item === null || !("$base64" in item) || typeof item.$base64 !== "string") return item;
  return Buffer.from(item.$base64, "base64");
}

/** Integers as digits where a double holds them, else as text; bytes as base64. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return value;
}
