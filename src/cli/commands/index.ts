/** Every command; each file is light, and loads what it needs when it is used. */
import type { Command } from "commander";
import type { ExitSlot, Terminal } from "../terminal.ts";
import { benchCommand } from "./bench.ts";
import { compareCommand, exportCommand, importCommand } from "./benchmarks.ts";
import { callCommand } from "./call.ts";
import { cleanCommand } from "./clean.ts";
import { docsCommand } from "./docs.ts";
import { doctorCommand } from "./doctor.ts";
import { imagesCommand } from "./images.ts";
import { mutationCommand } from "./mutation.ts";
import { reportCommand } from "./report.ts";
import { runCommand } from "./run.ts";
import { runtimeCommand } from "./runtime.ts";
import { coverageCommand, lintCommand, listCommand, newCommand, showCommand } from "./suites.ts";

/** Makes a command for one command line. */
export type MakeCommand = (terminal: Terminal, exit: ExitSlot) => Command;

/** In the order in which `--help` shows them. */
export const commands: readonly MakeCommand[] = [
  runCommand, benchCommand, compareCommand, exportCommand, importCommand, reportCommand, listCommand, showCommand, lintCommand, coverageCommand, docsCommand, newCommand,
  callCommand, doctorCommand, cleanCommand, imagesCommand, runtimeCommand, mutationCommand,
];
