/** `faultCni`: the harness's plugin in the CNI chain fails, or is slow, as a control file tells it. */
import { rename, rm, writeFile } from "node:fs/promises";
import type { Message } from "../cri/message.ts";
import { HarnessError } from "../model/errors.ts";
import { optionalDurationMs, optionalInt, stringOf } from "./input.ts";
import { worked } from "./outcome.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";

async function fault(input: Message, context: StepContext): Promise<void> {
  const file = context.host.cniControlFile;
  if (file === undefined) {
    throw new HarnessError("HARNESS_FAULT", "no faulty plugin is in the runtime's CNI chain", { hint: "See docs/target.md for how to install it." });
  }
  const control = { command: stringOf(input, "command"), times: optionalInt(input, "times") ?? 1, delay_ms: optionalDurationMs(input, "delay") ?? 0 };
  context.undo("CNI fault", async () => rm(file, { force: true }));
  // Renamed into place: the plugin never reads half a file.
  await writeFile(`${file}.new`, JSON.stringify(control));
  await rename(`${file}.new`, file);
}

async function run(input: Message, context: StepContext): Promise<StepOutcome> {
  return worked("faultCni", input, context, async () => {
    await fault(input, context);
    return {};
  });
}

export const faultCni: Verb = {
  schema: {
    name: "faultCni",
    about: "Makes the next CNI commands of one kind fail, or slow.",
    input: {
      command: { type: "string", about: "the CNI command", required: true, values: ["ADD", "DEL", "CHECK"] },
      times: { type: "int", about: "how often; 1 unless said" },
      delay: { type: "string", about: "be slow instead of failing", duration: true },
    },
    result: {},
    rpcs: [],
    needs: ["cni-fault"],
    demandsAlone: true,
  },
  run,
};
