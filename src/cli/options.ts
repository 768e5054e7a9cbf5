/** Options that several commands share, and the readers of their values. */
import { type Command, InvalidArgumentError, Option } from "commander";

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

export interface TargetOptions {
  readonly embedded?: boolean;
  readonly runtimeEndpoint?: string;
  readonly imageEndpoint?: string;
  readonly timeout?: string;
  readonly config?: string;
  readonly contract?: string;
  readonly profile?: string;
  readonly runtimeHandler?: string;
  readonly imageRegistry?: string;
  readonly restartCommand?: string;
  readonly cniConfDir?: string;
  readonly cniBinDir?: string;
}

type Described = readonly [flags: string, about: string];

const outputOptions = {
  json: ["--json", "machine output on stdout"],
  quiet: ["--quiet", "only what went wrong"],
  color: ["--no-color", "no colours"],
} as const satisfies Readonly<Record<keyof OutputOptions, Described>>;

/** What not every command that speaks to a runtime reads. */
const targetOptions = {
  contract: ["--contract <1.N>", "the Kubernetes minor whose contract is judged"],
  profile: ["--profile <name>", "what is claimed about the runtime: a name or a file"],
  runtimeHandler: ["--runtime-handler <name>", "the runtime handler of every PodSandbox"],
  imageRegistry: ["--image-registry <host[:port]>", "a registry that already serves the test images"],
  restartCommand: ["--restart-command <command>", "restarts the runtime; {how} is terminate or kill"],
} as const satisfies Partial<Readonly<Record<keyof TargetOptions, Described>>>;

/** Those of the output that the command reads: a command takes no option that it would do nothing with. */
export function withOutput(command: Command, read: readonly (keyof OutputOptions)[]): Command {
  return withAll(command, read.map((name) => outputOptions[name]));
}

/** How to reach the runtime, by crictl's names, what `--embedded` does here, and what else the command reads of a target. */
export function withTarget(command: Command, embedded: string, read: readonly (keyof typeof targetOptions)[] = []): Command {
  const reachable = command
    .option("--embedded", embedded)
    .option("-r, --runtime-endpoint <endpoint>", "unix://PATH, PATH or tcp://HOST:PORT (CONTAINER_RUNTIME_ENDPOINT)")
    .option("-i, --image-endpoint <endpoint>", "where images are served, if elsewhere (IMAGE_SERVICE_ENDPOINT)")
    .option("-t, --timeout <duration>", "for the connection and the handshake, e.g. 5s (10s)", duration)
    .option("-c, --config <file>", "configuration of crictl (/etc/crictl.yaml)");
  return withAll(reachable, read.map((name) => targetOptions[name]));
}

function withAll(command: Command, options: readonly Described[]): Command {
  return options.reduce((all, [flags, about]) => all.option(flags, about), command);
}

/** Where the runtime's network is configured. */
export function withNetworkPlugins(command: Command, about: string): Command {
  return command
    .option("--cni-conf-dir <dir>", about)
    .option("--cni-bin-dir <dir>", "where the runtime looks for network plugins", "/opt/cni/bin");
}

/** A whole number from 1. */
export function positive(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("It is a whole number from 1.");
  return number;
}

/** `2s`, `200ms`, `5m`, or crictl's bare seconds; milliseconds. */
export function durationMs(value: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(value.trim());
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? "s"] ?? 1000;
  if (match === null) throw new InvalidArgumentError("It is a duration like 200ms, 5s or 2m.");
  return Number(match[1]) * unit;
}

function duration(value: string): string {
  durationMs(value);
  return value;
}

/** `i/n`, counted from 1. */
export function shardOf(value: string): { readonly index: number; readonly count: number } {
  const match = /^(\d+)\/(\d+)$/.exec(value);
  const index = Number(match?.[1]);
  const count = Number(match?.[2]);
  if (match === null || index < 1 || index > count) throw new InvalidArgumentError("It is i/n with 1 ≤ i ≤ n.");
  return { index, count };
}

/** Gathers an option that may be said several times or as a list with commas. */
export function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...value.split(",").map((part) => part.trim()).filter((part) => part !== "")];
}

/** An option whose values are known. */
export function choice(flags: string, about: string, values: readonly string[]): Option {
  return new Option(flags, about).choices(values);
}
