/** The CRI log format: `<RFC 3339 time> <stream> <tag[:tag…]> <content>\n`. */

export interface LogEntry {
  /** Nanoseconds since the epoch. */
  readonly timestamp: bigint;
  readonly stream: string;
  readonly tags: readonly string[];
  readonly content: Uint8Array;
}

export interface ParsedLog {
  readonly entries: readonly LogEntry[];
  /** Lines that are none, as text. */
  readonly malformed: readonly string[];
  /** True when the last line has no end yet. */
  readonly unfinished: boolean;
}

const time = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;
const newline = 0x0a;
const space = 0x20;

/** Nanoseconds since the epoch of an RFC 3339 time with up to nine digits; undefined if it is none. */
export function timestampNs(text: string): bigint | undefined {
  const parts = time.exec(text);
  if (parts === null) {
    return undefined;
  }
  const milliseconds = Date.parse(`${parts[1] ?? ""}${parts[3] ?? ""}`);
  if (Number.isNaN(milliseconds)) {
    return undefined;
  }
  return BigInt(milliseconds) * 1_000_000n + BigInt((parts[2] ?? "").padEnd(9, "0"));
}

function parseLine(line: Uint8Array): LogEntry | undefined {
  const first = line.indexOf(space);
  const second = first < 0 ? -1 : line.indexOf(space, first + 1);
  const third = second < 0 ? -1 : line.indexOf(space, second + 1);
  if (third < 0) {
    return undefined;
  }
  const decoder = new TextDecoder();
  const timestamp = timestampNs(decoder.decode(line.subarray(0, first)));
  const stream = decoder.decode(line.subarray(first + 1, second));
  const tags = decoder.decode(line.subarray(second + 1, third)).split(":");
  if (timestamp === undefined || (stream !== "stdout" && stream !== "stderr") || tags.includes("")) {
    return undefined;
  }
  return { timestamp, stream, tags, content: line.slice(third + 1) };
}

/** Parses a whole log file. A last line without an end is unfinished, not malformed. */
export function parseLog(bytes: Uint8Array): ParsedLog {
  const entries: LogEntry[] = [];
  const malformed: string[] = [];
  let start = 0;
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
    const line = bytes.subarray(start, end);
    const entry = parseLine(line);
    if (entry === undefined) {
      malformed.push(new TextDecoder().decode(line));
    } else {
      entries.push(entry);
    }
    start = end + 1;
  }
  return { entries, malformed, unfinished: start < bytes.length };
}
