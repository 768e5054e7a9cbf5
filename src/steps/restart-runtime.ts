/** `restartRuntime`: the operator's command restarts the runtime; done when it answers again. */
import { execFile } from "node:child_process";
import { performance } from "node:perf_hooks";
import { promisify } from "node:util";
import { asRecord, type Message } from "../cri/message.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { optionalInt, stringOf } from "./input.ts";
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

async function command(how: string, context: StepContext): Promise<void> {
  const [program, ...parameters] = context.host.restartCommand ?? [];
  if (program === undefined) {
    throw new HarnessError("HARNESS_FAULT", "no command restarts the runtime", { hint: "Give one with --restart-command." });
  }
  const filled = parameters.map((parameter) => parameter.replaceAll("{how}", how));
  try {
    await runFile(program, filled, { timeout: commandMs, signal: context.signal, env: { ...process.env, CRITERIA_RESTART_HOW: how } });
  } catch (error) {
    throw new HarnessError("HARNESS_FAULT", `the restart command failed: ${messageOf(error)}`, { hint: "Try the command by hand.", cause: error });
  }
}

/** Cases of a group that run beside each other come to their restart at different times: one restart, when the last is there, serves them all. */
async function together(what: string, context: StepContext, act: () => Promise<void>): Promise<void> {
  const who = stringOf(asRecord(context.bindings["case"]) ?? {}, "id");
  await (context.host.rendezvous?.together({ who, what, act, signal: context.signal }) ?? act());
}

async function run(input: Message, context: StepContext): Promise<StepOutcome> {
  const how = stringOf(input, "how", "terminate");
  const before = optionalInt(input, "before");
  return worked("restartRuntime", input, context, async () => {
    await together("what comes before a restart", context, async () => undefined);
    if (before !== undefined) {
      await context.runSteps(before);
    }
    await together(`restart by ${how}`, context, async () => command(how, context));
    await untilAnswered(context);
    return {};
  });
}

export const restartRuntime: Verb = {
  schema: {
    name: "restartRuntime",
    about: "Restarts the runtime with the operator's command, and waits until Version answers. Cases of one group share a restart: it waits until each of them is there or has ended.",
    input: {
      how: { type: "string", about: "terminate unless said", values: ["terminate", "kill"] },
      before: { type: "steps", about: "done when the others are there: from them to the restart passes no more time than they take" },
    },
    result: {},
    rpcs: ["Version", "ImageFsInfo"],
    needs: ["restart"],
    demandsAlone: true,
  },
  run,
};
