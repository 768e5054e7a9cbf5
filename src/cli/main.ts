#!/usr/bin/env node
/** The only file that touches argv, signals and the exit code of the process. */
import { setMaxListeners } from "node:events";
import process from "node:process";
import { messageOf } from "../model/errors.ts";
import { exitBySignal, exitCodes, ownFault } from "../runner/exit-code.ts";
import { runProgram } from "./program.ts";

const controller = new AbortController();
// Every case under way listens.
setMaxListeners(0, controller.signal);
const lastWords: (() => void)[] = [];

/** Without undoing anything. */
function endAtOnce(exit: number): never {
  for (const action of lastWords) action();
  process.exit(exit);
}

for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (controller.signal.aborted) endAtOnce(exitBySignal[signal]);
    controller.abort(signal);
  });
}

/** How long what was made may take to be undone after a fault: part of it may wait for what will not come. */
const undoMs = 120_000;
/** An error that nothing awaited: nobody knows what it has spoilt. What was made is undone as after a signal, and no verdict stands as if nothing had been. */
function onFault(thrown: unknown): void {
  process.stderr.write(`criteria: ${thrown instanceof Error ? thrown.stack : messageOf(thrown)}\n  This is a fault of criteria: please report it. What was made is being undone.\n`);
  controller.abort(ownFault);
  setTimeout(() => { endAtOnce(exitCodes.broken); }, undoMs).unref();
}
process.on("uncaughtException", onFault);
process.on("unhandledRejection", onFault);

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // A reader or a terminal that goes away (`criteria list | head`) is no error, and a run goes on to its reports.
    if (error.code === "EPIPE" || error.code === "EIO") return;
    if (stream === process.stdout) process.stderr.write(`criteria: standard output: ${error.message}\n`);
    controller.abort(ownFault);
  });
}

const code = await runProgram({
  out: (text) => { process.stdout.write(text); },
  err: (text) => { process.stderr.write(text); },
  outIsTty: process.stdout.isTTY === true,
  errIsTty: process.stderr.isTTY === true,
  columns: () => process.stderr.columns ?? 80,
  env: process.env,
  cwd: process.cwd(),
  argv: process.argv.slice(2),
  interrupt: controller.signal,
  onKill: (action) => { lastWords.push(action); },
});

// A pipe is written to asynchronously: what is waiting goes out before the process does.
await new Promise<void>((resolve) => { process.stdout.write("", () => { resolve(); }); });
process.exit(controller.signal.reason === ownFault ? exitCodes.broken : code);
