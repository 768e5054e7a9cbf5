/** `readLogs`: the log of a container, parsed. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ask } from "../cri/ask.ts";
import type { Message } from "../cri/message.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { globMatches } from "../model/glob.ts";
import { optionalString, stringOf } from "./input.ts";
import { parseLog } from "./log-lines.ts";
import type { LogEntry } from "./log-lines.ts";
import { worked } from "./outcome.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";
import { pause } from "./wait.ts";

/** How long the writer of a line without an end may take to end it. */
const graceMs = 250;

async function pathOf(container: string, context: StepContext): Promise<string> {
  const known = context.logPathOf(container);
  if (known !== undefined) {
    return known;
  }
  const { response } = await ask(context.client, "ContainerStatus", { container_id: container }, { signal: context.signal });
  const path = response?.status?.log_path ?? "";
  if (path === "") {
    throw new HarnessError("HARNESS_FAULT", `no log path is known for container ${container}`, { hint: "Make the container with a fixture, or give it a log_path." });
  }
  return path;
}

/** Files beside the log that match, oldest first. */
async function filesBeside(path: string, glob: string): Promise<string[]> {
  const directory = dirname(path);
  const names = (await readdir(directory)).filter((name) => globMatches(glob, name));
  const dated = await Promise.all(names.map(async (name) => ({ path: join(directory, name), at: (await stat(join(directory, name))).mtimeMs })));
  return dated.sort((a, b) => a.at - b.at).map((file) => file.path);
}

interface ReadLog {
  readonly entries: readonly LogEntry[];
  readonly malformed: readonly string[];
}

async function readOne(path: string, signal: AbortSignal): Promise<ReadLog> {
  const bytes = await readFile(path);
  const log = parseLog(bytes);
  if (!log.unfinished) {
    return log;
  }
  await pause(graceMs, signal);
  const again = await readFile(path);
  const later = parseLog(again);
  const cut = later.unfinished && again.length === bytes.length;
  return cut ? { entries: later.entries, malformed: [...later.malformed, new TextDecoder().decode(again.subarray(again.lastIndexOf(0x0a) + 1))] } : later;
}

async function read(input: Message, context: StepContext): Promise<ReadLog> {
  const path = await pathOf(stringOf(input, "container", context.containerId), context);
  const glob = optionalString(input, "files");
  try {
    const files = glob === undefined ? [path] : await filesBeside(path, glob);
    const logs = await Promise.all(files.map((file) => readOne(file, context.signal)));
    return { entries: logs.flatMap((log) => log.entries), malformed: logs.flatMap((log) => log.malformed) };
  } catch (error) {
    if (error instanceof HarnessError) {
      throw error;
    }
    if (/ENOENT/.test(messageOf(error))) {
      // A log that is not there (yet) has no entries: whether it must be is for the check to say.
      return { entries: [], malformed: [] };
    }
    throw new HarnessError("HARNESS_FAULT", `cannot read ${basename(path)}: ${messageOf(error)}`, { hint: "Run the harness where it can read the runtime's log directory.", cause: error });
  }
}

async function run(input: Message, context: StepContext): Promise<StepOutcome> {
  return worked("readLogs", input, context, async () => ({ result: await read(input, context) }));
}

export const readLogs: Verb = {
  schema: {
    name: "readLogs",
    about: "Reads and parses the log of a container.",
    input: {
      container: { type: "string", about: "container id; else the fixture's" },
      files: { type: "string", about: "glob of files beside the log; else the log alone" },
    },
    result: {
      entries: {
        type: "list<map<string, dyn>>",
        about: "lines in order",
        keys: {
          timestamp: { type: "int", about: "nanoseconds since the epoch" },
          stream: { type: "string", about: "stdout or stderr" },
          tags: { type: "list<string>", about: "P or F first" },
          content: { type: "bytes", about: "without the line end" },
        },
      },
      malformed: { type: "list<string>", about: "lines that are no log lines" },
    },
    rpcs: [],
    needs: ["shares-host"],
    demandsAlone: false,
  },
  run,
};
