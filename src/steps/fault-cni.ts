/** `faultCni`: the harness's plugin in the CNI chain fails, or is slow, as a control file tells it. */
import { readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { asRecord, type Message } from "../cri/message.ts";
import { HarnessError } from "../model/errors.ts";
import { optionalDurationMs, optionalInt, stringOf } from "./input.ts";
import { worked } from "./outcome.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";

/** Calls of the plugin so far for pods of the namespace, oldest first. Those of a runtime that names no namespace count for every case. */
function callsIn(folder: string, namespace: string): Message[] {
  let text: string;
  try {
    text = readFileSync(join(folder, "calls.ndjson"), "utf8");
  } catch {
    return []; // the plugin makes it with its first call
  }
  const named = JSON.stringify(namespace);
  // The record is that of a whole run: most lines are told apart without reading them.
  return text.split("\n").filter((line) => line !== "" && (line.includes(named) || !line.includes('"namespace":'))).map((line) => asRecord(JSON.parse(line)) ?? {})
    .filter((call) => (call["namespace"] ?? namespace) === namespace);
}

/** The live result: each read sees the calls since the order. */
function liveResult(folder: string, namespace: string): object {
  const before = callsIn(folder, namespace).length;
  return {
    get calls() {
      return callsIn(folder, namespace).slice(before);
    },
  };
}

/** The namespace that the pods of this case and of no other are in. */
function ownNamespace({ bindings }: StepContext): string {
  return stringOf(asRecord(bindings["case"]) ?? {}, "namespace");
}

async function fault(input: Message, context: StepContext): Promise<object> {
  const folder = context.host.cniControlDir;
  if (folder === undefined) {
    throw new HarnessError("HARNESS_FAULT", "no faulty plugin is in the runtime's CNI chain", { hint: "Give --cni-conf-dir: see docs/target.md." });
  }
  const namespace = ownNamespace(context);
  const file = join(folder, namespace, `${stringOf(input, "command")}.json`);
  const result = liveResult(folder, namespace);
  // Urgent: what is removed afterwards needs the network.
  context.undo("CNI fault", async () => rm(file, { force: true }), "urgent");
  await mkdir(join(folder, namespace), { recursive: true });
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
    about: "Makes the next CNI commands of one kind for pods of this case fail, or slow. Orders for different commands stand side by side. Of a runtime that hands plugins no K8S_POD_NAMESPACE every call counts for every case: run one at a time then.",
    input: {
      command: { type: "string", about: "the CNI command", required: true, values: ["ADD", "DEL", "CHECK"] },
      times: { type: "int", about: "how often; 1 unless said, 0 only watches" },
      delay: { type: "string", about: "be slow instead of failing", duration: true },
    },
    result: {
      calls: { type: "list<map<string, dyn>>", about: "live: calls of the plugin for pods of this case since then; command, namespace, container, netns, ifname, fault (none, fail, delay)" },
    },
    rpcs: [],
    needs: ["cni-fault"],
    demandsAlone: false,
  },
  run,
};
