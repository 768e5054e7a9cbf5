/** `faultCni`: the harness's plugin in the CNI chain fails, or is slow, as a control file tells it. */
import { readFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { asRecord, type Message } from "../cri/message.ts";
import { HarnessError } from "../model/errors.ts";
import { optionalDurationMs, optionalInt, stringOf } from "./input.ts";
import { worked } from "./outcome.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";

/** Calls of the plugin so far, oldest first. */
function callsIn(folder: string): Message[] {
  let text: string;
  try {
    text = readFileSync(join(folder, "calls.ndjson"), "utf8");
  } catch {
    return []; // the plugin makes it with its first call
  }
  return text.split("\n").filter((line) => line !== "").map((line) => asRecord(JSON.parse(line)) ?? {});
}

/** The live result: each read sees the calls since the order. */
function liveResult(folder: string): object {
  const before = callsIn(folder).length;
  return {
    get calls() {
      return callsIn(folder).slice(before);
    },
  };
}

async function fault(input: Message, context: StepContext): Promise<object> {
  const folder = context.host.cniControlDir;
  if (folder === undefined) {
    throw new HarnessError("HARNESS_FAULT", "no faulty plugin is in the runtime's CNI chain", { hint: "Give --cni-conf-dir: see docs/target.md." });
  }
  const file = join(folder, `${stringOf(input, "command")}.json`);
  const result = liveResult(folder);
  // Urgent: what is removed afterwards needs the network.
  context.undo("CNI fault", async () => rm(file, { force: true }), "urgent");
  // Renamed into place: the plugin never reads half a file.
  await writeFile(`${file}.new`, JSON.stringify({ times: optionalInt(input, "times") ?? 1, delay_ms: optionalDurationMs(input, "delay") ?? 0 }));
  await rename(`${file}.new`, file);
  return result;
}

async function run(input: Message, context: StepContext): Promise<StepOutcome> {
  return worked("faultCni", input, context, async () => ({ result: await fault(input, context) }));
}

export const faultCni: Verb = {
  schema: {
    name: "faultCni",
    about: "Makes the next CNI commands of one kind fail, or slow. Orders for different commands stand side by side.",
    input: {
      command: { type: "string", about: "the CNI command", required: true, values: ["ADD", "DEL", "CHECK"] },
      times: { type: "int", about: "how often; 1 unless said, 0 only watches" },
      delay: { type: "string", about: "be slow instead of failing", duration: true },
    },
    result: {
      calls: { type: "list<map<string, dyn>>", about: "live: calls of the plugin since then; command, container, netns, ifname, fault (none, fail, delay)" },
    },
    rpcs: [],
    needs: ["cni-fault"],
    demandsAlone: true,
  },
  run,
};
