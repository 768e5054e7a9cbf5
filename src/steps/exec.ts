/** `exec`: a probe sub-command through ExecSync; its JSON becomes a value. */
import { HarnessError, messageOf } from "../model/errors.ts";
import { ask } from "../cri/ask.ts";
import type { Message } from "../cri/message.ts";
import { listOf, optionalInt, stringOf } from "./input.ts";
import { outcomeOfAnswer, withResult } from "./outcome.ts";
import { parseExactJson } from "./probe-json.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";

const usualTimeoutSeconds = 30;
const shownBytes = 300;

interface Printed {
  readonly stdout?: Uint8Array;
  readonly stderr?: Uint8Array;
  readonly exit_code?: bigint;
}

function text(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : new TextDecoder().decode(bytes);
}

/** What the probe printed, as a value. Throws HARNESS_FAULT when the probe did not do its work. */
function probeResult(response: Printed, command: string): unknown {
  const stdout = text(response.stdout);
  const exit = response.exit_code ?? 0n;
  if (exit !== 0n) {
    const stderr = text(response.stderr).slice(0, shownBytes);
    throw new HarnessError("HARNESS_FAULT", `probe ${command} exited with ${exit}: ${stderr}`, { hint: "Check that the image holds this version's probe at /probe." });
  }
  try {
    return parseExactJson(stdout);
  } catch (error) {
    throw new HarnessError("HARNESS_FAULT", `probe ${command} printed no JSON (${messageOf(error)}): ${stdout.slice(0, shownBytes)}`, {
      hint: "Run the sub-command by hand in the probe's image.",
      cause: error,
    });
  }
}

async function run(input: Message, context: StepContext): Promise<StepOutcome> {
  const arguments_ = listOf(input, "run").map(String);
  const timeout = optionalInt(input, "timeout") ?? usualTimeoutSeconds;
  const request = { container_id: stringOf(input, "container", context.containerId), cmd: ["/probe", ...arguments_], timeout: BigInt(timeout) };
  const { answer, response } = await ask(context.client, "ExecSync", request, {
    signal: context.signal,
    ...(context.deadlineMs === undefined ? {} : { deadlineMs: context.deadlineMs }),
  });
  if (response === undefined) {
    return { ...outcomeOfAnswer(answer), verb: "exec" };
  }
  return withResult("exec", answer, probeResult(response, arguments_.join(" ")));
}

export const exec: Verb = {
  schema: {
    name: "exec",
    about: "Runs a sub-command of the probe in a container with ExecSync.",
    input: {
      run: { type: "list<string>", about: "sub-command and arguments", required: true },
      container: { type: "string", about: "container id; else the fixture's" },
      timeout: { type: "int", about: "seconds, as ExecSync has them; 30 unless said" },
    },
    result: { "*": { type: "dyn", about: "the probe's JSON object" } },
    rpcs: ["ExecSync"],
    needs: [],
    demandsAlone: false,
  },
  run,
};
