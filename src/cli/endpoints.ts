/** Where the runtime is: options, then the environment, then the configuration of crictl, then nothing but a list of what was looked for. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { HarnessError, messageOf } from "../model/errors.ts";
import { durationMs, type TargetOptions } from "./options.ts";
import type { Terminal } from "./terminal.ts";

export interface Endpoints {
  readonly runtimeEndpoint: string;
  readonly imageEndpoint?: string;
  readonly timeoutMs: number;
}

export const defaultTimeoutMs = 10_000;
const usualConfig = "/etc/crictl.yaml";
/** In crictl's order. */
const usualSockets = ["/run/containerd/containerd.sock", "/run/crio/crio.sock", "/var/run/cri-dockerd.sock"];

/** The endpoints of the options. Throws USAGE, with the sockets that exist, when none was named. */
export function endpointsOf(options: TargetOptions, terminal: Terminal): Endpoints {
  const config = readConfig(options.config, terminal);
  const runtimeEndpoint = options.runtimeEndpoint ?? terminal.env["CONTAINER_RUNTIME_ENDPOINT"] ?? config["runtime-endpoint"];
  if (runtimeEndpoint === undefined || runtimeEndpoint === "") throw nowhere();
  const imageEndpoint = options.imageEndpoint ?? terminal.env["IMAGE_SERVICE_ENDPOINT"] ?? config["image-endpoint"];
  return {
    runtimeEndpoint, timeoutMs: timeoutOf(options.timeout ?? config["timeout"]),
    ...(imageEndpoint === undefined || imageEndpoint === "" ? {} : { imageEndpoint }),
  };
}

function timeoutOf(text: string | undefined): number {
  if (text === undefined || text === "0") return defaultTimeoutMs;
  try {
    return durationMs(text);
  } catch (cause) {
    throw new HarnessError("USAGE", `'${text}' is no --timeout`, { hint: "Write a duration like 5s.", cause });
  }
}

function nowhere(): HarnessError {
  const lines = usualSockets.map((path) => `  unix://${path}  ${existsSync(path) ? "is there" : "is not there"}`);
  return new HarnessError("USAGE", `no runtime was named. Looked for:\n${lines.join("\n")}`, {
    hint: "Name one with --runtime-endpoint, or judge the reference runtime with --embedded.",
  });
}

function readConfig(file: string | undefined, terminal: Terminal): Readonly<Record<string, string>> {
  const path = file === undefined ? usualConfig : resolve(terminal.cwd, file);
  if (file === undefined && !existsSync(path)) return {};
  try {
    const value: unknown = parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)])) : {};
  } catch (cause) {
    throw new HarnessError("USAGE", `${path} cannot be read: ${messageOf(cause)}`, { hint: "Correct --config.", cause });
  }
}
