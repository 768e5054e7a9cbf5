/** `criteria runtime`. */
import { resolve } from "node:path";
import { HarnessError } from "../model/errors.ts";
import { findMutant } from "../mutation/find-mutant.ts";
import { startProxy } from "../mutation/proxy/proxy.ts";
import type { Mutator } from "../reference-runtime/mutators/mutator.ts";
import { startReferenceRuntime } from "../reference-runtime/start.ts";
import { forgetTempFolder, makeTempFolder } from "../target/temp-folder.ts";
import type { RuntimeOptions } from "./commands/runtime.ts";
import { interrupted } from "./image-jobs.ts";
import type { Terminal } from "./terminal.ts";

/** Serves until it is interrupted. */
export async function serveRuntime(options: RuntimeOptions, terminal: Terminal): Promise<number> {
  const mutators = (options.mutant ?? []).flatMap((id) => findMutant(id).make(() => undefined));
  if (options.upstream === undefined) return serveReference(options, mutators, terminal);
  if (options.stateDir !== undefined) throw new HarnessError("USAGE", "--state-dir has no meaning with --upstream", { hint: "Leave one of them out." });
  const proxy = await startProxy({ upstream: options.upstream, listen: options.listen, mutators });
  terminal.out(`serving CRI at ${proxy.endpoint}\n`);
  await interrupted(terminal.interrupt);
  await proxy.close();
  return 0;
}

async function serveReference(options: RuntimeOptions, mutators: readonly Mutator[], terminal: Terminal): Promise<number> {
  const own = options.stateDir === undefined ? makeTempFolder("criteria-runtime-") : undefined;
  const stateDir = own ?? resolve(terminal.cwd, options.stateDir ?? "");
  try {
    const runtime = await startReferenceRuntime({ listen: options.listen, stateDir, mutators });
    terminal.out(`serving CRI at ${runtime.endpoint}\n`);
    await interrupted(terminal.interrupt);
    await runtime.close();
    return 0;
  } finally {
    if (own !== undefined) forgetTempFolder(own);
  }
}
