/** Which endpoints to judge: the flags, then the environment, then crictl's configuration. Never a guess. */
import { existsSync, readFileSync } from "node:fs";
import { parseEndpoint } from "../cri/endpoint.ts";
import { HarnessError, messageOf } from "../model/errors.ts";
import { yamlValue } from "../yaml/document.ts";

export interface EndpointChoice {
  readonly runtimeEndpoint?: string;
  /** Absent: the runtime's. */
  readonly imageEndpoint?: string;
  /** Milliseconds. */
  readonly timeoutMs?: number;
  /** Configuration of crictl; absent: /etc/crictl.yaml, where there is one. */
  readonly configFile?: string;
}

export interface Endpoints {
  readonly runtimeEndpoint: string;
  readonly imageEndpoint: string;
  readonly timeoutMs: number;
}

const usualConfig = "/etc/crictl.yaml";
const usualSockets: readonly string[] = ["/run/containerd/containerd.sock", "/run/crio/crio.sock", "/var/run/cri-dockerd.sock"];
/** A daemon that has just been started takes a while to answer. */
const usualTimeoutMs = 10_000;

/** Settles the endpoints. Throws USAGE where none was named: a runtime is not judged because it happens to be there. */
export function resolveEndpoints(choice: EndpointChoice, env: Readonly<Record<string, string | undefined>>): Endpoints {
  // Nothing is read of crictl's where all is said.
  const isWhole = choice.runtimeEndpoint !== undefined && choice.imageEndpoint !== undefined && choice.timeoutMs !== undefined;
  const config = isWhole ? {} : readConfig(choice.configFile);
  const runtime = firstOf(choice.runtimeEndpoint, env["CONTAINER_RUNTIME_ENDPOINT"], config["runtime-endpoint"]);
  if (runtime === undefined) throw noEndpoint();
  const image = firstOf(choice.imageEndpoint, env["IMAGE_SERVICE_ENDPOINT"], config["image-endpoint"]) ?? runtime;
  return {
    runtimeEndpoint: parseEndpoint(runtime).text,
    imageEndpoint: parseEndpoint(image).text,
    timeoutMs: choice.timeoutMs ?? timeoutOf(config["timeout"]) ?? usualTimeoutMs,
  };
}

function firstOf(...values: readonly unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === "string" && value !== "");
}

function readConfig(file: string | undefined): Readonly<Record<string, unknown>> {
  if (file === undefined && !existsSync(usualConfig)) return {};
  const path = file ?? usualConfig;
  try {
    const value = yamlValue(readFileSync(path, "utf8")) ?? {};
    if (typeof value === "object" && !Array.isArray(value)) return { ...value };
  } catch (cause) {
    throw new HarnessError("USAGE", `cannot read ${path}: ${messageOf(cause)}`, { hint: "Give crictl's configuration with --config, or an endpoint with --runtime-endpoint.", cause });
  }
  throw new HarnessError("USAGE", `${path} is no mapping`, { hint: "Write `runtime-endpoint: unix:///path/to.sock` there." });
}

/** crictl writes whole seconds; a duration like 500ms is read too. 0 means its default. */
function timeoutOf(value: unknown): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(typeof value === "number" || typeof value === "string" ? String(value) : "");
  if (match === null) return undefined;
  const milliseconds = Number(match[1]) * ({ ms: 1, s: 1000, m: 60_000 }[match[2] ?? "s"] ?? 1000);
  return milliseconds > 0 ? milliseconds : undefined;
}

function noEndpoint(): HarnessError {
  const found = usualSockets.map((path) => `${path} (${existsSync(path) ? "exists" : "does not exist"})`).join(", ");
  return new HarnessError("USAGE", `no runtime endpoint was given; looked for ${found}`, {
    hint: "Give --runtime-endpoint unix:///path/to.sock, or --embedded for the runtime inside criteria.",
  });
}
