import { isRecord } from "../message.ts";
/** How a stream ended, as far as the peer told. */
export interface SessionEnd {
  /** 0 for Success; absent when no exit status came. */
  readonly exitCode?: bigint;
  /** The error channel's text: a JSON Status with v4, plain text before. */
  readonly status?: string;
  /** Anything but an exit status: what went wrong. */
  readonly error?: string;
  /** Set when this side cut the connection, flood: because more came than is kept. The peer did not end it. */
  readonly cut?: "deadline" | "interrupted" | "flood";
}

const decimal = /^-?\d{1,19}$/;

/** Reads what came on the error channel. `orderly`: the peer ended that channel itself. */
export function readStatus(text: string, protocol: string, orderly: boolean, reason: string | undefined): SessionEnd {
  const isV4 = protocol.startsWith("v4.");
  if (text === "") {
    if (!isV4 && orderly) return { exitCode: 0n }; // before v4, success is silence
    return { error: reason ?? (isV4 ? "the stream ended without a status" : "the connection closed before the error stream ended") };
  }
  return isV4 ? readV4(text) : { status: text, error: text };
}

function readV4(text: string): SessionEnd {
  const status = parseObject(text);
  if (!status) return { status: text, error: `the error channel holds no Status: ${text}` };
  if (status["status"] === "Success") return { status: text, exitCode: 0n };
  if (status["reason"] === "NonZeroExitCode") {
    const code = exitCodeOf(status["details"]);
    return code === undefined ? { status: text, error: "NonZeroExitCode without an ExitCode" } : { status: text, exitCode: code };
  }
  return { status: text, error: typeof status["message"] === "string" ? status["message"] : text };
}

function exitCodeOf(details: unknown): bigint | undefined {
  if (!isRecord(details) || !Array.isArray(details["causes"])) return undefined;
  for (const cause of details["causes"]) {
    if (!isRecord(cause) || cause["reason"] !== "ExitCode") continue;
    const message = cause["message"];
    if (typeof message === "string" && decimal.test(message)) return BigInt(message);
  }
  return undefined;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined; // told to the caller as "holds no Status"
  }
}
