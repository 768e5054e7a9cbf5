import { createHash } from "node:crypto";
import { arch, cpus, loadavg, release, totalmem, type } from "node:os";
import type { CriClient } from "../cri/client.ts";
import { HarnessError } from "../model/errors.ts";
import type { Environment } from "./result.ts";

/** What a comparison must know about the place of a measurement. The fingerprint covers the host, not the runtime. */
export async function describeEnvironment(client: CriClient, endpoint: string, handler: string): Promise<Environment> {
  const version = await client.call("Version", {});
  if (version.code !== "OK") {
    throw new HarnessError("TARGET_UNREACHABLE", `Version answered ${version.code}: ${version.details}`, { hint: "Run `criteria doctor` against the endpoint" });
  }
  const message = version.responses[0] ?? {};
  const cpu = cpus()[0]?.model.trim() || "unknown";
  const host = { cpu, cpus: cpus().length, memoryBytes: totalmem(), kernel: `${type()} ${release()}`, architecture: arch(), node: process.version };
  return {
    fingerprint: createHash("sha256").update(JSON.stringify(host)).digest("hex").slice(0, 16),
    ...host,
    runtimeName: String(message["runtime_name"] ?? ""),
    runtimeVersion: String(message["runtime_version"] ?? ""),
    api: client.api,
    endpoint,
    handler,
    load: [loadOf(), loadOf()],
  };
}

/** The one-minute load average. */
export function loadOf(): number {
  return loadavg()[0] ?? 0;
}
