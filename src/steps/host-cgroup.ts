/** Limits of a process's cgroup, in one shape for v1 and v2. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readIfThere } from "../kernel/files.ts";

const root = "/sys/fs/cgroup";
/** From here on v1 means "no limit" (it rounds the largest number down to pages). */
const unlimited = 2n ** 62n;

type Facts = Record<string, unknown>;

/** The fields that have a value. */
function present(fields: Record<string, unknown>): Facts {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function numberIn(path: string): bigint | undefined {
  const text = readIfThere(path)?.trim();
  return text !== undefined && /^-?\d+$/.test(text) ? BigInt(text) : undefined;
}

function limited(value: bigint | undefined): bigint | undefined {
  return value === undefined || value < 0n || value >= unlimited ? undefined : value;
}

function textIn(path: string): string | undefined {
  const text = readIfThere(path)?.trim();
  return text === "" ? undefined : text;
}

function factsV2(directory: string): Facts {
  const [quota, period] = (textIn(join(directory, "cpu.max")) ?? "").split(" ");
  const cpu = present({
    quota: quota === undefined || !/^\d+$/.test(quota) ? undefined : BigInt(quota),
    period: period === undefined ? undefined : BigInt(period),
    weight: numberIn(join(directory, "cpu.weight")),
    cpus: textIn(join(directory, "cpuset.cpus")),
    mems: textIn(join(directory, "cpuset.mems")),
  });
  const memory = present({ limit: numberIn(join(directory, "memory.max")), swap: numberIn(join(directory, "memory.swap.max")) });
  return { version: 2n, cpu, memory };
}

function factsV1(paths: ReadonlyMap<string, string>): Facts {
  const at = (controller: string, file: string): string => join(root, controller, paths.get(controller) ?? "/", file);
  const both = limited(numberIn(at("memory", "memory.memsw.limit_in_bytes")));
  const limit = limited(numberIn(at("memory", "memory.limit_in_bytes")));
  const cpu = present({
    quota: limited(numberIn(at("cpu", "cpu.cfs_quota_us"))),
    period: numberIn(at("cpu", "cpu.cfs_period_us")),
    shares: numberIn(at("cpu", "cpu.shares")),
    cpus: textIn(at("cpuset", "cpuset.cpus")),
    mems: textIn(at("cpuset", "cpuset.mems")),
  });
  // v1 limits memory and swap together; the shape has the swap alone, as v2 does.
  const memory = present({ limit, swap: both === undefined || limit === undefined ? undefined : both - limit });
  return { version: 1n, cpu, memory };
}

/** Paths by controller, from the lines `id:controllers:path`. */
function cgroupPaths(text: string): Map<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, controllers, ...rest] = line.split(":");
    for (const controller of (controllers ?? "").split(",")) {
      paths.set(controller, rest.join(":"));
    }
  }
  return paths;
}

/** What limits a process; undefined once it is gone. */
export function cgroupOf(pid: number): Facts | undefined {
  const text = readIfThere(`/proc/${pid}/cgroup`);
  if (text === undefined) {
    return undefined;
  }
  const paths = cgroupPaths(text.trim());
  const unified = existsSync(join(root, "cgroup.controllers"));
  const path = paths.get(unified ? "" : "memory") ?? "/";
  return { path, ...(unified ? factsV2(join(root, path)) : factsV1(paths)) };
}
