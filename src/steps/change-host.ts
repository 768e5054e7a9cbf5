/** `changeHost`: changes on the host that a case needs, undone afterwards. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { asRecord, type Message } from "../cri/message.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { limitMemory, makeCgroup } from "./host-cgroup-dir.ts";
import { removePath, renamePath, writeText } from "./host-paths.ts";
import { optionalInt, stringOf } from "./input.ts";
import { worked } from "./outcome.ts";
import type { StepContext, StepOutcome, Verb } from "./step.ts";

const runFile = promisify(execFile);
const toolTimeoutMs = 20_000;
const signals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGKILL", "SIGSTOP", "SIGCONT", "SIGHUP", "SIGINT", "SIGUSR1", "SIGUSR2", "SIGQUIT"];

async function tool(name: string, parameters: readonly string[]): Promise<void> {
  await runFile(name, [...parameters], { timeout: toolTimeoutMs });
}

/** Mounts of the harness itself. */
const ownMounts = new Set<string>();

/** Mounts a tmpfs, and gives what takes it back. Unless its propagation is said, it is that of the mount above. */
export async function mountTmpfs(path: string, propagation?: "shared" | "private"): Promise<() => Promise<void>> {
  await mkdir(path, { recursive: true });
  await tool("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", path]);
  ownMounts.add(path);
  const undo = async (): Promise<void> => {
    ownMounts.delete(path);
    // A step of the case may have unmounted it.
    if ((await readFile("/proc/self/mountinfo", "utf8")).includes(` ${path} `)) {
      await tool("umount", ["-l", path]);
    }
  };
  if (propagation === undefined) return undo;
  try {
    await tool("mount", [`--make-r${propagation}`, path]);
  } catch (error) {
    await undo();
    throw error;
  }
  return undo;
}

/** Keeps the file system alive elsewhere, and mounts it there again afterwards. */
async function unmountPath(path: string, context: StepContext): Promise<void> {
  if (ownMounts.has(path)) {
    // Taken back with what mounted it.
    await tool("umount", [path]);
    return;
  }
  // Not beside it: a shared mount around would hand this one on to containers.
  const kept = await mkdtemp(join(tmpdir(), "criteria-mount-"));
  // Never with what is below: should it still be mounted, that is the file system to be kept.
  const forget = async (): Promise<void> => rmdir(kept);
  await tool("mount", ["--bind", path, kept]).catch(async (error: unknown) => {
    await forget();
    throw error;
  });
  await tool("mount", ["--make-private", kept]).catch(async (error: unknown) => {
    await tool("umount", ["-l", kept]);
    await forget();
    throw error;
  });
  context.undo(`unmounted ${path}`, async () => {
    await tool("mount", ["--bind", kept, path]);
    await tool("umount", ["-l", kept]);
    await forget();
  });
  await tool("umount", [path]);
}

function sendSignal(input: Message, context: StepContext): void {
  const wanted = stringOf(input, "name");
  const name = signals.find((signal) => signal === wanted || signal === `SIG${wanted}`);
  const pid = optionalInt(input, "pid");
  if (name === undefined || pid === undefined || pid <= 1) {
    throw new HarnessError("SUITE_INVALID", `signal wants a pid above 1 and a known name, got ${String(pid)} and ${wanted}`, { hint: `Known are ${signals.join(", ")}.` });
  }
  process.kill(pid, name);
  if (name === "SIGSTOP") {
    context.undo(`stopped process ${pid}`, async () => {
      process.kill(pid, "SIGCONT");
      return Promise.resolve();
    });
  }
}

async function change(input: Message, context: StepContext): Promise<void> {
  const [kind] = Object.keys(input);
  const detail = asRecord(input[kind ?? ""]) ?? {};
  switch (kind) {
    case "mountTmpfs": {
      const path = stringOf(input, kind);
      context.undo(`tmpfs ${path}`, await mountTmpfs(path));
      return;
    }
    case "cgroup": {
      const path = stringOf(detail, "path");
      context.undo(`cgroup ${path}`, await makeCgroup(path));
      const memory = optionalInt(detail, "memory");
      if (memory !== undefined) {
        await limitMemory(path, memory);
      }
      return;
    }
    case "unmount":
      await unmountPath(stringOf(input, kind), context);
      return;
    case "rename":
      await renamePath(detail, context);
      return;
    case "write":
      await writeText(detail, context);
      return;
    case "remove":
      await removePath(stringOf(input, kind), context);
      return;
    case "signal":
      sendSignal(detail, context);
      return;
    default:
      throw new HarnessError("SUITE_INVALID", `changeHost knows no '${String(kind)}'`, { hint: "See docs/verbs.md." });
  }
}

async function run(input: Message, context: StepContext): Promise<StepOutcome> {
  if (!context.host.sharesHost) {
    throw new HarnessError("HARNESS_FAULT", "the harness does not share the runtime's host", { hint: "Run the harness beside the runtime." });
  }
  return worked("changeHost", input, context, async () => {
    try {
      await change(input, context);
      return {};
    } catch (error) {
      if (error instanceof HarnessError) {
        throw error;
      }
      throw new HarnessError("HARNESS_FAULT", `changeHost: ${messageOf(error)}`, { hint: "Run the harness as root on the runtime's host.", cause: error });
    }
  });
}

export const changeHost: Verb = {
  schema: {
    name: "changeHost",
    about: "Changes something on the runtime's host; undone after the case.",
    input: {
      mountTmpfs: { type: "string", about: "path to mount a tmpfs on" },
      unmount: { type: "string", about: "mount point" },
      cgroup: { type: "map<string, dyn>", about: "cgroup to make, as a kubelet makes that of a pod", keys: { path: { type: "string", about: "below the root, such as /pods/one", required: true }, memory: { type: "int", about: "its limit, bytes" } } },
      rename: { type: "map<string, string>", about: "a file or directory", keys: { from: { type: "string", about: "old path", required: true }, to: { type: "string", about: "new path", required: true } } },
      write: { type: "map<string, string>", about: "a text file", keys: { path: { type: "string", about: "path", required: true }, text: { type: "string", about: "content", required: true } } },
      remove: { type: "string", about: "file or directory" },
      signal: { type: "map<string, dyn>", about: "to one process", keys: { pid: { type: "int", about: "process id", required: true }, name: { type: "string", about: "such as SIGKILL", required: true } } },
    },
    oneOf: ["mountTmpfs", "unmount", "cgroup", "rename", "write", "remove", "signal"],
    result: {},
    rpcs: [],
    needs: ["shares-host"],
    demandsAlone: false,
  },
  run,
};
