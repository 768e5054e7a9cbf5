/** The worker processes of `criteria mutation`. */
import { type ChildProcess, fork } from "node:child_process";
import { HarnessError } from "../model/errors.ts";
import type { CaseTimes } from "../mutation/profile.ts";
import type { FromWorker, Task, ToWorker } from "./mutation-worker.ts";
import type { WorkshopOptions } from "./mutation-workshop.ts";
import type { Terminal } from "./terminal.ts";

type Told = Extract<FromWorker, { readonly outcome: unknown }>["outcome"];

export interface PoolOptions {
  readonly workers: number;
  /** Mutants at once in each: they mostly wait. */
  readonly perWorker: number;
  readonly times: CaseTimes;
  readonly workshop: WorkshopOptions;
  readonly terminal: Terminal;
}

const toldEvery = 100;

/** Judges all; `tell` is told what became of each. */
export async function judgeAll(tasks: readonly Task[], options: PoolOptions, tell: (outcome: Told) => void): Promise<void> {
  const queue = [...tasks];
  let done = 0;
  const note = (outcome: Told): void => {
    done += 1;
    tell(outcome);
    if (done % toldEvery === 0) options.terminal.err(`${done} of ${tasks.length}\n`);
  };
  const workers = Math.max(1, Math.min(options.workers, Math.ceil(tasks.length / options.perWorker)));
  if (tasks.length > 0) await Promise.all(Array.from({ length: workers }, () => runWorker(queue, note, options)));
}

/** One process, fed until the queue is empty. */
function runWorker(queue: Task[], note: (outcome: Told) => void, { times, workshop, perWorker, terminal }: PoolOptions): Promise<void> {
  const child = fork(new URL("./mutation-worker.js", import.meta.url), [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const stop = (): void => { end(child); };
  const send = (message: ToWorker): void => { child.send(message); };
  return new Promise<void>((resolvePromise, reject) => {
    let busy = 0;
    const feed = (): void => {
      const next = terminal.interrupt.aborted ? undefined : queue.shift();
      if (next !== undefined) {
        busy += 1;
        send(next);
      } else if (busy === 0) end(child);
    };
    child.on("message", (message: FromWorker) => {
      if ("ready" in message) for (let lane = 0; lane < perWorker; lane++) feed();
      else if ("outcome" in message) {
        busy -= 1;
        note(message.outcome);
        feed();
      } else reject(new HarnessError("HARNESS_FAULT", `a worker failed: ${message.fault}`, { hint: "" }));
    });
    child.once("exit", (code) => {
      // The signal that interrupts this process ends its children too.
      if (code === 0 || terminal.interrupt.aborted) resolvePromise();
      else reject(new HarnessError("HARNESS_FAULT", `a worker ended with ${code ?? "a signal"}`, { hint: "" }));
    });
    // Ctrl-C at a terminal reaches the children by itself; another signal ends this process alone.
    terminal.interrupt.addEventListener("abort", stop, { once: true });
    send({ times, workshop });
  }).finally(() => {
    terminal.interrupt.removeEventListener("abort", stop);
    stop();
  });
}

function end(child: ChildProcess): void {
  if (child.exitCode === null && child.connected) child.disconnect();
}
