/** The probe is written twice, in Go for real containers and in TypeScript for simulated ones: both must say the same. */
import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { HarnessError } from "../model/errors.ts";
import { probeBinary } from "../oci/probe-binary.ts";
import { SimulatedProcess } from "./process.ts";
import { probe, type World } from "./program.ts";
import type { RootFs } from "./rootfs.ts";
import { signalNumber } from "./signals.ts";

interface Trial {
  readonly args: readonly string[];
  readonly stdin?: string;
  /** Sent one after the other once something was written. */
  readonly signals?: readonly string[];
  /** Values depend on the host or the moment: only names and kinds are compared. */
  readonly shape?: boolean;
}

interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const home = mkdtempSync(join(tmpdir(), "criteria-parity-"));
const path = (name: string): string => join(home, name);
/** Milliseconds between signals, so that each is seen for itself. */
const between = 40;
const env = { PATH: "/", PLAIN: "text", EMPTY: "", EQUALS: "a=b", UMLAUT: "Ä" };

const trials: readonly Trial[] = [
  ...["0", "7", "255", "256", "-1", "0x10", "seven", ""].map((code) => ({ args: ["exit", code] })),
  ...[["exit"], ["exit", "1", "2"], ["no-such-thing"], [], ["pause", "more"], ["identity", "more"], ["cat", "--no-such-option"], ["cat", "--exit"]].map((args) => ({ args })),
  ...["50ms", "0.05", "1ms", "soon"].map((span) => ({ args: ["sleep", span] })),
  { args: ["echo"] }, { args: ["echo", "one", "two words", ""] }, { args: ["args", "--any", "thing", "", "Ä"] },
  ...["PLAIN", "EMPTY", "EQUALS", "UMLAUT", "NOT_SET"].map((name) => ({ args: ["getenv", name] })),
  { args: ["env"] }, { args: ["cwd"] }, { args: ["hostname"] }, { args: ["identity"] }, { args: ["tty"] }, { args: ["dns"] }, { args: ["processes"], shape: true },
  { args: ["lines", "--count", "3"] }, { args: ["lines", "--count", "0"] }, { args: ["lines", "--count", "2", "--size", "1KiB"] }, { args: ["lines", "--count", "3", "--stream", "stderr"] },
  { args: ["lines", "--count", "4", "--per-second", "100"] }, { args: ["lines", "--count", "many"] },
  { args: ["emit", "--stdout", "1000", "--stderr", "2KiB", "--exit", "9"] }, { args: ["emit", "--stdout", "300000"] }, { args: ["emit"] },
  { args: ["cat"], stdin: "some\ninput" }, { args: ["cat"], stdin: "" }, { args: ["cat", "--count", "--exit", "7"], stdin: "12345" }, { args: ["cat", "--bytes", "4"], stdin: "123456" },
  { args: ["burn", "--cpu", "20ms"], shape: true }, { args: ["eat", "--memory", "1MiB", "--for", "20ms"] }, { args: ["stamp", "--exit"], shape: true },
  { args: ["hold-stdout", "--for", "10ms", "--exit", "4"], shape: true },
  { args: ["signal", "2147483000", "SIGTERM"] }, { args: ["signal", "1", "SIGNOTHING"] },
  ...["hello", "folder", "missing", "folder/inside"].flatMap((name) => [{ args: ["stat", path(name)], shape: true }, { args: ["read", path(name)] }]),
  { args: ["write", path("new"), "text"] }, { args: ["write", path("plain")] }, { args: ["write", path("pattern"), "--bytes", "600"] }, { args: ["write", path("folder"), "x"] },
  { args: ["unlink", path("missing")] },
  ...["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGXCPU", "SIGKILL"].map((name) => ({ args: ["stamp"], signals: [name], shape: true })),
  ...["SIGTERM", "SIGQUIT", "SIGUSR2", "SIGALRM", "SIGABRT", "SIGIO", "SIGPWR", "SIGXCPU"].map((name) => ({ args: ["trap"], signals: [name] })),
  { args: ["trap", "--exit", "3"], signals: ["SIGTERM"] }, { args: ["trap", "--ignore", "SIGTERM,USR1", "--exit", "4"], signals: ["SIGTERM", "SIGUSR1", "SIGHUP"] },
  { args: ["trap", "--exit", "5", "--after", "50ms"], signals: ["SIGTERM"] }, { args: ["trap", "--ignore", "SIGNOTHING"] }, { args: ["trap"], signals: ["SIGKILL"] },
  { args: ["trap", "--exit", "0"], signals: ["SIGWINCH", "SIGCHLD", "SIGTERM"] },
  { args: ["listen", "--tcp", "0"], signals: ["SIGTERM"] }, { args: ["connect", "tcp://127.0.0.1:1"] }, { args: ["connect"] }, { args: ["connect", "tcp://127.0.0.1:1", "more"] }, { args: ["interfaces", "more"] },
];

describe("the simulated probe beside the real one", function () {
  this.timeout(10_000);
  let real = "";

  before(async function () {
    this.timeout(240_000); // it may have to be built
    try {
      writeFileSync(path("probe"), await probeBinary(), { mode: 0o755 });
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      console.log(`    skipped: ${error.message}`);
      this.skip();
    }
    real = path("probe");
    mkdirSync(path("folder"));
    writeFileSync(path("hello"), "world\n", { mode: 0o644 });
    writeFileSync(path("folder/inside"), "Ä", { mode: 0o600 });
  });
  after(() => { rmSync(home, { recursive: true, force: true }); });

  for (const trial of trials) {
    it(`${trial.args.join(" ").replaceAll(home, "")}${trial.stdin === undefined ? "" : ` < ${JSON.stringify(trial.stdin)}`}${trial.signals === undefined ? "" : ` and ${trial.signals.join(", ")}`}`, async () => {
      const [wanted, got] = await Promise.all([runReal(real, trial), runSimulated(trial)]);
      expect(comparable(got, trial)).to.deep.equal(comparable(wanted, trial));
    });
  }

  it("has every subcommand, or says that it takes a kernel", async () => {
    const { stderr } = await runReal(real, { args: ["no-such-thing"] });
    const names = (/subcommands: (.*)\n/.exec(stderr)?.[1] ?? "").split(" ");
    expect(names).to.include("pause");
    const tried = new Set(trials.map(({ args }) => args[0]));
    for (const name of names.filter((one) => !tried.has(one))) {
      const { code } = await runSimulated({ args: [name, "any", "thing", "more", "than", "enough"] });
      expect(code, `${name} is neither in a trial nor left to a kernel`).to.equal(125);
    }
  });
});

function comparable(ending: Ending, trial: Trial): unknown {
  // Wordings of usage errors differ; that there is one does not.
  const stderr = ending.code === 64 ? ending.stderr.startsWith("probe: ") : ending.stderr;
  return { code: ending.code, stderr, stdout: trial.shape === true ? ending.stdout.split("\n").map((line) => (line === "" ? "" : shapeOf(JSON.parse(line)))) : textOf(ending.stdout) };
}

/** Objects are compared by value: the two languages write keys in different orders. */
function textOf(stdout: string): unknown {
  return /^\{.*\}\n$/.test(stdout) ? JSON.parse(stdout) : stdout;
}

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => !Array.isArray(item) || item.length > 0).map(([key, item]) => [key, shapeOf(item)]).sort());
}

function runReal(file: string, trial: Trial): Promise<Ending> {
  const child = spawn(file, trial.args, { argv0: "/probe", cwd: home, env });
  const said = { stdout: "", stderr: "" };
  const left = [...(trial.signals ?? [])];
  const send = (): void => { left.splice(0).forEach((name, at) => setTimeout(() => { child.kill(signalNumber(name)); }, between * (at + 1))); };
  child.stdout.on("data", (bytes: Buffer) => { said.stdout += bytes.toString("latin1"); send(); });
  child.stderr.on("data", (bytes: Buffer) => { said.stderr += bytes.toString("latin1"); });
  child.stdin.on("error", () => undefined);
  child.stdin.end(trial.stdin ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => { resolve({ code: code ?? 128 + (signalNumber(signal ?? "") ?? 0), ...said }); });
  });
}

async function runSimulated(trial: Trial): Promise<Ending> {
  const said = { stdout: "", stderr: "" };
  const left = [...(trial.signals ?? [])];
  const identity = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, groups: own("/proc/self/status", "Groups:").map(Number), home: "/" };
  const latin1 = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, Buffer.from(value).toString("latin1")]));
  const run = new SimulatedProcess({ argv: ["/probe", ...trial.args], env: latin1, cwd: home, identity, tty: false, stdin: true, pid: 1 });
  const send = (): void => { left.splice(0).forEach((name, at) => setTimeout(() => { run.kill(signalNumber(name) ?? 0); }, between * (at + 1))); };
  run.outputs.add((stream, bytes) => {
    said[stream] += Buffer.from(bytes).toString("latin1");
    if (stream === "stdout") send();
  });
  run.run(probe(world()));
  if (trial.stdin !== undefined && trial.stdin !== "") run.input(Buffer.from(trial.stdin));
  run.closeInput();
  return { code: (await run.ended).code, ...said };
}

/** The words of the lines of a file of this host that begin so. */
function own(file: string, start: string): string[] {
  return readFileSync(file, "utf8").split("\n").filter((line) => line.startsWith(start)).flatMap((line) => line.slice(start.length).split(/\s+/)).filter((word) => word !== "");
}

function world(): World {
  const files: RootFs = new Map([
    [path("hello"), { kind: "file" as const, mode: 0o644, size: 6, target: "", content: Buffer.from("world\n") }],
    [path("folder"), { kind: "directory" as const, mode: 0o755, size: 0, target: "" }],
    [path("folder/inside"), { kind: "file" as const, mode: 0o600, size: 2, target: "", content: Buffer.from("Ä") }],
  ]);
  return {
    hostname: hostname(), dns: { nameservers: own("/etc/resolv.conf", "nameserver"), search: own("/etc/resolv.conf", "search"), options: own("/etc/resolv.conf", "options") }, files, written: new Map(), mounts: [], readonlyRoot: false, address: "",
    exchange: () => undefined, processes: () => [{ pid: 1, args: ["/probe", "pause"] }], signal: () => false, spawn: () => 2,
  };
}
