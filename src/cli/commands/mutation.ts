import { Command, InvalidArgumentError } from "commander";
import { gather, positive } from "../options.ts";
import type { ExitSlot, Terminal } from "../terminal.ts";

export interface MutationOptions {
  readonly area?: readonly string[];
  readonly sample?: number;
  readonly jobs?: number;
  readonly json?: string;
  readonly minScore?: number;
  readonly suites?: string;
  readonly list?: boolean;
  readonly upstream?: string;
  readonly runtimeHandler?: string;
  readonly runc?: string;
  readonly waivers?: readonly string[];
  readonly complete?: string;
  readonly profile?: string;
  readonly hostile?: boolean;
  readonly variations?: boolean;
  readonly together?: boolean;
  readonly baseline?: string;
  readonly writeBaseline?: string;
}

/** `criteria mutation`: judges the suites. */
export function mutationCommand(terminal: Terminal, exit: ExitSlot): Command {
  return new Command("mutation")
    .description("breaks a runtime in every way that the protos allow, and tells what the suites see")
    .option("--area <glob,...>", "only mutants of these RPCs, or with these ids", gather)
    .option("--sample <n>", "only so many, evenly spread", positive)
    .option("--jobs <n>", "worker processes (default: 2)", positive)
    .option("--upstream <endpoint>", "break a real runtime, by a proxy before it, instead of the reference runtime")
    .option("--runtime-handler <name>", "the runtime handler of every PodSandbox, with --upstream")
    .option("--runc <path>", "break what runc is told, with --upstream and --runtime-handler: the path that the handler names as its binary")
    .option("--waivers <files>", "with --upstream: breaches that are known; their cases judge nothing here", gather)
    .option("--complete <file>", "only what an earlier run (its --json) did not reach a verdict on; both count together")
    .option("--profile <file>", "keep there what the sound runtime showed, and take it from there when it is there: for one area after the other")
    .option("--hostile", "runtimes that hang, send garbage or never end: each must be blamed, in time")
    .option("--variations", "runtimes that differ in what the contract leaves open: every case must stay green")
    .option("--together", "with --variations: many at once, with every case; what turns red is asked again for each alone")
    .option("--list", "print what there is, and judge nothing")
    .option("--json <file>", "write score and mutants there")
    .option("--min-score <percent>", "exit 5 when fewer are killed", percent)
    .option("--baseline <file>", "exit 5 when an RPC's score is lower than there")
    .option("--write-baseline <file>", "write the scores there, for --baseline")
    .option("--suites <dir>", "suites of your own instead of those that come with criteria")
    .action(async (options: MutationOptions) => {
      if (options.variations === true) {
        const { judgeVariations } = await import("../variations.ts");
        exit.code = await judgeVariations({ options, terminal });
        return;
      }
      const { measureMutation } = await import("../mutation.ts");
      exit.code = await measureMutation({ options, terminal });
    });
}

function percent(value: string): number {
  const number = Number(value);
  if (!(number >= 0 && number <= 100)) throw new InvalidArgumentError("It is a number from 0 to 100.");
  return number;
}
