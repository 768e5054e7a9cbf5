/** `restartRuntime`: the operator's command restarts the runtime; done when it answers again. */
import { execFile } from "node:child_process";
import { performance } from "node:perf_hooks";
import { promisify } from "node:util";
import type { Message } from "../cri/message.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { stringOf } from "./input.ts";
import { worked } from "./outcome.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";
import { pause } from "./wait.ts";

const runFile = promisify(execFile);
const commandMs = 120_000;
const answerMs = 60_000;
const attemptMs = 2_000;
const betweenMs = 200;

/** Images may be served over a channel of their own, which has to connect again. What the service answers is not judged here. */
async function hasImageService(context: StepContext): Promise<boolean> {
  return (await context.client.call("ImageFsInfo", {}, { deadlineMs: attemptMs, signal: context.signal })).fromRuntime;
}

async function untilAnswered(context: StepContext): Promise<void> {
  const until = performance.now() + (context.deadlineMs ?? answerMs);
  for (;;) {
    const answer = await context.client.call("Version", {}, { deadlineMs: attemptMs, signal: context.signal });
    if (answer.code === "OK" && (await hasImageService(context))) {
      return;
    }
    if (performance.now() > until) {
      throw new HarnessError("TARGET_UNREACHABLE", `the runtime did not answer after its restart: ${answer.code}: ${answer.details}`, { hint: "Look into the runtime's own log." });
    }
    await pause(betweenMs, context.signal);
  }
}

async function restart(how: string, context: StepContext): Promise<void> {
  const [command, ...parameters] = context.host.restartCommand ?? [];
  if (command === undefined) {
    throw new HarnessError("HARNESS_FAULT", "no command restarts the runtime", { hint: "Give one with --restart-command." });
  }
  const filled = parameters.map((parameter) => parameter.replaceAll("{how}", how));
  try {
    await runFile(command, filled, { timeout: commandMs, signal: context.signal, env: { ...process.env, CRITERIA_RESTART_HOW: how } });
  } catch (error) {
    throw new HarnessError("HARNESS_FAULT", `the restart command failed: ${messageOf(error)}`, { hint: "Try the command by hand.", cause: error });
  }
  await untilAnswered(context);
}

async function run(input: Message, context: StepContext): Promise<StepOutcome> {
  const how = stringOf(input, "how", "terminate");
  return worked("restartRuntime", input, context, async () => {
    await restart(how, context);
    return {};
  });
}

export const restartRuntime: Verb = {
  schema: {
    name: "restartRuntime",
    about: "Restarts the runtime with the operator's command, and waits until Version answers.",
    input: { how: { type: "string", about: "terminate unless said", values: ["terminate", "kill"] } },
    result: {},
    rpcs: ["Version", "ImageFsInfo"],
    needs: ["restart"],
    demandsAlone: true,
  },
  run,
};
