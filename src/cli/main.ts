#!/usr/bin/env node
/** The only file that touches argv, signals and the exit code of the process. */
import { setMaxListeners } from "node:events";
import process from "node:process";
import { runProgram } from "./program.ts";

const controller = new AbortController();
// Every case under way listens.
setMaxListeners(0, controller.signal);
const lastWords: (() => void)[] = [];
const exitBySignal = { SIGINT: 130, SIGTERM: 143 } as const;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (!controller.signal.aborted) {
      controller.abort(signal);
      return;
    }
    for (const action of lastWords) action();
    process.exit(exitBySignal[signal]);
  });
}

// A reader that goes away (`criteria list | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

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
process.exit(code);
