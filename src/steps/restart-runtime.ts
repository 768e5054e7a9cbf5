/** `restartRuntime`: the operator's command restarts the runtime; done when it answers again. */
import { execFile } from "node:child_process";
import { performance } from "node:perf_hooks";
import { promisify } from "node:util";
import type { CriClient } from "../cri/client.ts";
import { asRecord, type Message } from "../cri/message.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { optionalInt, stringOf } from "./input.ts";
import { worked } from "./outcome.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";
import { pause } from "./wait.ts";

const runFile = promisify(execFile);
const commandMs = 120_000;
/** A daemon with many containers takes a while to be there again. */
export const answerMs = 60_000;
const attemptMs = 2_000;
const betweenMs = 200;

/** Images may be served over a channel of their own, which has to connect again. What the service answers is not judged here. */
async function hasImageService(client: CriClient, signal: AbortSignal): Promise<boolean> {
  return (await client.call("ImageFsInfo", {}, { deadlineMs: attemptMs, signal })).fromRuntime;
}

/** Resolves when the runtime answers; throws TARGET_UNREACHABLE when it has not in so many milliseconds. */
export async function untilAnswered(client: CriClient, milliseconds: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + milliseconds;
  for (;;) {
    const answer = await client.call("Version", {}, { deadlineMs: attemptMs, signal });
    if (answer.code === "OK" && (await hasImageService(client, signal))) {
      return;
    }
    if (performance.now() > until) {
      throw new HarnessError("TARGET_UNREACHABLE", `the runtime did not answer within ${milliseconds / 1000} s: ${answer.code}: ${answer.details}`, { hint: "Look into the runtime's own log." });
    }
    await pause(betweenMs, signal);
  }
}

/** Runs the operator's command; `how` is terminate or kill. Throws where there is none, and where it fails. */
export async function runRestartCommand(command: readonly string[] | undefined, how: string, signal: AbortSignal): Promise<void> {
  const [program, ...parameters] = command ?? [];
  if (program === undefined) {
    throw new HarnessError("HARNESS_FAULT", "no command restarts the runtime", { hint: "Give one with --restart-command." });
  }
  try {
    await runFile(program, parameters.map((part) => part.replaceAll("{how}", how)), { timeout: commandMs, signal, env: { ...process.env, CRITERIA_RESTART_HOW: how } });
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
    const restart = async (): Promise<void> => {
      await together(`restart by ${how}`, context, async () => runRestartCommand(context.host.restartCommand, how, context.signal));
      await untilAnswered(context.client, context.deadlineMs ?? answerMs, context.signal);
    };
    await (context.host.restarts?.during(restart) ?? restart());
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
