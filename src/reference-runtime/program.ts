import { fileCommands } from "./program-files.ts";
import { networkCommands } from "./program-network.ts";
import { bytes, milliseconds, NotSimulated, Options, pattern, UsageError, wholeNumber } from "./program-options.ts";
import type { Program, ProcessApi } from "./process.ts";
import type { RootFs } from "./rootfs.ts";
import { listen } from "./program-services.ts";
import { caught, signalNames, untilSignal } from "./program-signals.ts";
import { signalNumber } from "./signals.ts";

/** What a program sees of the world around it. */
export interface World {
  readonly hostname: string;
  readonly dns: { readonly nameservers: readonly string[]; readonly search: readonly string[]; readonly options: readonly string[] };
  readonly files: RootFs;
  /** What the container wrote so far, by path. */
  readonly written: Map<string, Buffer>;
  /** Paths where files of the host would be. */
  readonly mounts: readonly string[];
  readonly readonlyRoot: boolean;
  /** Of the pod; empty in the host's network. */
  readonly address: string;
  /** What a served port answers to a text; undefined when nobody listens. */
  exchange(host: string, port: number, sent: string): string | undefined;
  processes(): readonly { pid: number; args: readonly string[] }[];
  /** Starts a child, which outlives its parent but not the container; its number. */
  spawn(argv: readonly string[]): number;
  signal(pid: number, signal: number): boolean;
}

/** Facts to print as one JSON object, or an exit status. */
export type CommandResult = Readonly<Record<string, unknown>> | number;
export type Command = (args: readonly string[], api: ProcessApi, world: World) => CommandResult | Promise<CommandResult>;


/** The probe, simulated: same words, same output and exit status; what takes a kernel exits 125. */
export function probe(world: World): Program {
  return async (api) => {
    const [, name = "", ...args] = api.argv;
    const command = commands.get(name);
    try {
      if (command === undefined) throw notSimulated.has(name) ? new NotSimulated(name) : new UsageError(`no subcommand ${name}`);
      const result = await command(args, api, world);
      if (typeof result === "number") return result;
      api.write("stdout", `${JSON.stringify(result)}\n`);
      return 0;
    } catch (error) {
      if (error instanceof NotSimulated) return complain(api, 125, `${error.message}: the processes of this runtime are simulated; a kernel would have to answer this`);
      if (error instanceof UsageError) return complain(api, 64, error.message);
      throw error;
    }
  };
}

function complain(api: ProcessApi, code: number, problem: string): number {
  api.write("stderr", `probe: ${problem}\n`);
  return code;
}

const notSimulated = new Set([
  "facts", "status", "capabilities", "mounts", "namespaces", "cgroup", "limits", "mknod", "chown", "chmod", "sysctl", "exec", "resolve", "attempt", "mount-tmpfs",
  "list", "mkdir", "open", "copy", "shared-memory",
]);

const commands = new Map<string, Command>(Object.entries({
  pause: (args, api) => { none(args); return untilSignal(api); },
  exit: (args) => wholeNumber(exactly(args, 1)[0] ?? ""),
  sleep: (args, api) => {
    const ms = milliseconds(exactly(args, 1)[0] ?? "");
    return Promise.race([api.sleep(ms).then(() => 0), untilSignal(api)]);
  },
  trap, stamp, lines, emit, cat, burn, eat, tty, listen, "hold-stdout": holdStdout,
  echo: (args, api) => { api.write("stdout", `${args.join(" ")}\n`); return 0; },
  getenv: (args, api) => {
    const value = api.env[exactly(args, 1)[0] ?? ""];
    return value === undefined ? { set: false } : { set: true, value: Buffer.from(value, "latin1").toString("utf8"), base64: base64(value) };
  },
  identity: (args, { identity }) => {
    none(args);
    const { uid, gid } = identity;
    return { uid, gid, euid: uid, egid: gid, groups: identity.groups, umask: 0o022 };
  },
  env: (args, api) => { none(args); return { env: Object.fromEntries(Object.entries(api.env).map(([key, value]) => [key, base64(value)])) }; },
  cwd: (args, api) => { none(args); return { cwd: api.cwd }; },
  hostname: (args, _api, world) => { none(args); return { hostname: world.hostname }; },
  dns: (args, _api, world) => { none(args); return { dns: world.dns }; },
  args: (_args, api) => ({ args: api.argv }),
  processes: (args, _api, world) => {
    none(args);
    return { processes: world.processes().map(({ pid, args: words }) => ({ pid, ppid: 0, args: words, state: "S" })) };
  },
  signal: (args, _api, world) => {
    const [pid = "", name = ""] = exactly(args, 2);
    return world.signal(wholeNumber(pid), knownSignal(name)) ? {} : { errno: "ESRCH" };
  },
  ...fileCommands, ...networkCommands,
} satisfies Record<string, Command>));

/** Those in --ignore are survived, others end it; each is told. */
function trap(args: readonly string[], api: ProcessApi): Promise<number> {
  const options = new Options(args, ["ignore", "exit", "after"]);
  const after = milliseconds(options.last("after", "0"));
  const ignored = new Set(options.all("ignore").flatMap((entry) => entry.split(",")).map(knownSignal));
  return new Promise((resolve) => {
    api.write("stdout", "ready\n");
    api.onSignal((signal) => {
      if (!caught.has(signal)) return false;
      if (signal === 17 || signal === 28) return true;
      api.write("stdout", `signal ${signalNames[signal] ?? signal}\n`);
      if (!ignored.has(signal)) void api.sleep(after).then(() => { resolve(options.number("exit", 128 + signal)); });
      return true;
    });
  });
}

async function stamp(args: readonly string[], api: ProcessApi): Promise<number> {
  const options = new Options(args, [], ["exit"]);
  const realtime = `${Date.now()}000000`;
  api.write("stdout", `{"monotonic_ns":${process.hrtime.bigint()},"pid":${api.pid},"realtime_ns":${realtime}}\n`);
  return options.has("exit") ? 0 : await untilSignal(api);
}

/** The child writes nothing: that it could is what a runtime may wait for. */
function holdStdout(args: readonly string[], api: ProcessApi, world: World): number {
  const options = new Options(args, ["for", "exit"]);
  const child = world.spawn([api.argv[0] ?? "", "sleep", options.last("for", "30s")]);
  api.write("stdout", `${JSON.stringify({ child })}\n`);
  return options.number("exit", 0);
}

async function lines(args: readonly string[], api: ProcessApi): Promise<number> {
  const options = new Options(args, ["count", "per-second", "stream", "size"]);
  const [count, rate] = [options.number("count", 1), options.number("per-second", 0)];
  const filler = "x".repeat(options.size("size", "0"));
  const stream = options.last("stream", "stdout") === "stderr" ? "stderr" : "stdout";
  const begun = performance.now();
  let buffered = "";
  const flush = (): void => {
    if (buffered !== "") api.write(stream, buffered);
    buffered = "";
  };
  for (let index = 0; index < count; index++) {
    const wait = rate > 0 ? begun + (index * 1000) / rate - performance.now() : 0;
    if (wait > 1) {
      flush();
      await api.sleep(wait);
    }
    buffered += filler === "" ? `line ${index}\n` : `line ${index} ${filler}\n`;
    if (buffered.length > 1 << 15) {
      flush();
      await api.sleep(0);
    }
  }
  flush();
  return 0;
}

async function emit(args: readonly string[], api: ProcessApi): Promise<number> {
  const options = new Options(args, ["stdout", "stderr", "exit"]);
  for (const stream of ["stdout", "stderr"] as const) {
    const content = pattern(options.size(stream, "0"));
    for (let offset = 0; offset < content.length; offset += 251 * 4096) {
      api.write(stream, content.subarray(offset, offset + 251 * 4096));
      await api.sleep(0);
    }
  }
  return options.number("exit", 0);
}

async function cat(args: readonly string[], api: ProcessApi): Promise<number> {
  const options = new Options(args, ["bytes", "exit"], ["count", "close-stdout"]);
  const limit = options.has("bytes") ? options.size("bytes", "0") : Number.POSITIVE_INFINITY;
  let total = 0;
  while (total < limit) {
    const piece = await api.read();
    if (piece === undefined) break;
    const part = piece.subarray(0, Math.min(piece.length, limit - total));
    if (!options.has("close-stdout")) api.write("stdout", part);
    total += part.length;
  }
  if (options.has("count") || options.has("bytes")) api.write("stderr", String(total));
  return options.number("exit", 0);
}

/** Processor time is seen to be used while it is used. */
const burnStepMs = 20;

async function burn(args: readonly string[], api: ProcessApi): Promise<CommandResult> {
  const options = new Options(args, ["cpu", "millis"]);
  const ms = milliseconds(options.last("cpu", `${options.number("millis", 0)}ms`));
  for (let left = ms; left > 0; left -= burnStepMs) {
    const step = Math.min(left, burnStepMs);
    await api.sleep(step);
    api.useCpu(step * 1e6);
  }
  return { cpu_ns: Math.round(ms * 1e6) };
}

async function eat(args: readonly string[], api: ProcessApi): Promise<number> {
  const options = new Options(args, ["memory", "for"], ["cpu"]);
  const size = bytes(options.last("memory", "1MiB"));
  if (!api.allocate(size)) return 137;
  api.write("stdout", `${JSON.stringify({ memory: size })}\n`);
  const span = options.last("for", "");
  return span === "" ? await untilSignal(api) : await Promise.race([api.sleep(milliseconds(span)).then(() => 0), untilSignal(api)]);
}

async function tty(args: readonly string[], api: ProcessApi): Promise<CommandResult> {
  if (!new Options(args, [], ["watch-size"]).has("watch-size")) {
    return { tty: { stdin: api.tty, stdout: api.tty, stderr: api.tty } };
  }
  api.onResize((width, height) => { api.write("stdout", `${width}x${height}\r\n`); });
  for (;;) {
    const piece = await api.read();
    if (piece === undefined || piece.includes(113)) return 0;
  }
}

function knownSignal(name: string): number {
  return signalNumber(name) ?? usage(`no signal ${name}`);
}

function base64(value: string): string {
  return Buffer.from(value, "latin1").toString("base64");
}

function none(args: readonly string[]): void {
  if (args.length > 0) usage(`unexpected argument ${args[0] ?? ""}`);
}

function exactly(args: readonly string[], count: number): readonly string[] {
  return args.length === count ? args : usage("wrong number of arguments");
}

function usage(problem: string): never {
  throw new UsageError(problem);
}
