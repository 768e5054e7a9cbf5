import type { Message } from "../cri/message.ts";
import { refuse } from "./call-error.ts";
import { child, children, flag, integer, text, texts } from "./fields.ts";
import { type ProcessSpec, SimulatedProcess, type Program } from "./process.ts";
import { probe, type World } from "./program.ts";
import { findFile, normal } from "./rootfs.ts";
import type { Container } from "./state.ts";

let lastPid = 1000;

/** What the container's first process is started with: config over image. */
export function specOf(container: Container): Omit<ProcessSpec, "pid"> {
  const { config, image, identity } = container;
  const [words, args] = [texts(config, "command"), texts(config, "args")];
  const defaults = args.length > 0 ? args : words.length > 0 ? [] : image.config.command;
  const env: Record<string, string> = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOSTNAME: hostnameOf(container) };
  for (const entry of image.config.env) {
    const at = entry.indexOf("=");
    if (at > 0) env[entry.slice(0, at)] = Buffer.from(entry.slice(at + 1)).toString("latin1");
  }
  // Values are bytes; latin1 keeps each of them.
  for (const entry of children(config, "envs")) env[text(entry, "key")] = bytesOf(entry["value"]);
  env["HOME"] ??= identity.home;
  return {
    argv: [...(words.length > 0 ? words : image.config.entrypoint), ...defaults], env, identity,
    cwd: text(config, "working_dir") || image.config.workingDir || "/", tty: flag(config, "tty"), stdin: flag(config, "stdin"),
  };
}

/** A process and its program, not yet running; refuses a command that the image has not or that nobody may execute. */
export function launch(container: Container, spec: Omit<ProcessSpec, "pid">): { process: SimulatedProcess; program: Program } {
  const [name = ""] = spec.argv;
  if (name === "") refuse("INVALID_ARGUMENT", "there is no command to run");
  const paths = name.includes("/") ? [normal(name.startsWith("/") ? name : `${spec.cwd}/${name}`)] : (spec.env["PATH"] ?? "").split(":").map((directory) => normal(`${directory}/${name}`));
  const found = paths.map((path) => findFile(container.image.files, path)).find((file) => file?.entry.kind === "file");
  if (found === undefined) return refuse("UNKNOWN", `exec: ${JSON.stringify(name)}: no such file or directory`);
  if ((found.entry.mode & 0o111) === 0) refuse("UNKNOWN", `exec: ${JSON.stringify(name)}: permission denied`);
  const process = new SimulatedProcess({ ...spec, pid: container.process === undefined ? 1 : ++lastPid });
  process.memoryLimit = () => integer(container.resources, "memory_limit_in_bytes");
  return { process, program: found.path === "/probe" ? probe(worldOf(container)) : stranger(name) };
}

function stranger(name: string): Program {
  return (api) => {
    api.write("stderr", `${name}: the processes of this runtime are simulated; only /probe can be\n`);
    return Promise.resolve(125);
  };
}

function worldOf(container: Container): World {
  const { config, sandbox } = container;
  const dns = child(sandbox.config, "dns_config");
  const security = child(child(config, "linux"), "security_context");
  const living = (): SimulatedProcess[] => [container.process, ...container.execs].filter((process) => process !== undefined).filter(({ hasEnded }) => !hasEnded);
  return {
    hostname: hostnameOf(container), files: container.image.files, written: container.written,
    dns: { nameservers: texts(dns, "servers"), search: texts(dns, "searches"), options: texts(dns, "options") },
    mounts: container.mounts.map((mount: Message) => normal(text(mount, "container_path"))), readonlyRoot: flag(security, "readonly_rootfs"),
    address: sandbox.ip, exchange: (host, port, sent) => sandbox.network.exchange(sandbox, host, port, sent),
    processes: () => living().map(({ spec }) => ({ pid: spec.pid, args: spec.argv })),
    spawn: (argv) => {
      const { process, program } = launch(container, { ...specOf(container), argv, tty: false, stdin: false });
      container.execs.add(process);
      process.onEnd(() => { container.execs.delete(process); });
      process.run(program);
      return process.spec.pid;
    },
    signal: (pid, signal) => {
      const target = living().find(({ spec }) => spec.pid === pid);
      target?.kill(signal);
      return target !== undefined;
    },
  };
}

function hostnameOf(container: Container): string {
  return text(container.sandbox.config, "hostname");
}

function bytesOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  return typeof value === "string" ? Buffer.from(value).toString("latin1") : "";
}
