/** Looks whether the runtime of a run is there, and has it brought back. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Look } from "../runner/loss-watch.ts";
import { answerMs, runRestartCommand, untilAnswered } from "../steps/restart-runtime.ts";
import type { Restarts } from "../steps/restarts.ts";
import type { Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";

const lookMs = 5_000;
const betweenLooksMs = 1_000;
/** systemd starts a service again after 100 ms unless its unit says otherwise; containerd's says 5 s. */
const supervisorMs = 15_000;

interface LostRuntimeParts {
  readonly session: Session;
  /** Those of cases: a look that fell into one tells nothing. */
  readonly restarts: Restarts;
  readonly terminal: Terminal;
}

export class LostRuntime {
  readonly #parts: LostRuntimeParts;

  constructor(parts: LostRuntimeParts) {
    this.#parts = parts;
  }

  /** Looks once, for 5 s at most. After an answer that did not come a second passes. */
  async look(): Promise<Look> {
    const { session, restarts } = this.#parts;
    for (;;) {
      await restarts.settled();
      const { begun } = restarts;
      const { code, details, fromRuntime } = await session.client.call("Version", {}, { deadlineMs: lookMs });
      if (restarts.begun !== begun) continue;
      const said = `${code}: ${details}`;
      if (fromRuntime) return { state: "answers", said };
      if (/ECONNREFUSED|ENOENT/.test(details)) return { state: "gone", said };
      await sleep(betweenLooksMs);
      return { state: "silent", said };
    }
  }

  /** By the restart command, or by whatever else watches over the runtime, for which it waits 15 s. Gives what did it; throws where it stays lost. */
  async revive(): Promise<string> {
    const { session: { client, target }, terminal: { err, interrupt } } = this.#parts;
    const { restartCommand } = target.hostServices;
    if (restartCommand === undefined) {
      err("criteria: the runtime is lost; waiting for it to come back\n");
      await untilAnswered(client, supervisorMs, interrupt);
      return "it came back by itself";
    }
    err("criteria: the runtime is lost; running the restart command\n");
    await runRestartCommand(restartCommand, "kill", interrupt);
    await untilAnswered(client, answerMs, interrupt);
    return "the restart command brought it back";
  }
}
