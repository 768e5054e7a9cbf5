import { Command } from "commander";
import { type OutputOptions, positive, type TargetOptions, withOutput, withTarget } from "../options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";

export interface CallCommandOptions extends Pick<OutputOptions, "json">, TargetOptions {
  readonly deadline?: string;
  readonly atOnce?: number;
}

/** `criteria call RPC JSON`: one call, and its answer or status. */
export function callCommand(terminal: Terminal, exit: ExitSlot): Command {
  const command = new Command("call")
    .description("makes one call and prints the answer or the status")
    .argument("<rpc>", "such as PodSandboxStatus")
    .argument("[json]", "the request, fields as in the proto; bytes as text or {\"$base64\": …}", "{}")
    .option("--deadline <duration>", "for the call (default: as the kubelet's)")
    .option("--at-once <n>", "the same call so many times at once; prints how many ended in which way", positive);
  return withOutput(withTarget(command, "call the reference runtime inside criteria"), ["json"]).action(async (rpc: string, json: string, options: CallCommandOptions) => {
    const { callOnce } = await import("../call-once.ts");
    exit.code = await callOnce({ rpc, json, options, terminal });
  });
}
