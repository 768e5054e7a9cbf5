/** Limits of a process's cgroup, in one shape for v1 and v2. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readIfThere } from "./host-processes.ts";

const root = "/sys/fs/cgroup";
/** From here on v1 means "no limit" (it rounds the largest number down to pages). */
const unlimited = 2n ** 62n;

type Facts = Record<string, unknown>;

/** The fields that have a value. */
function present(fields: Record<string, unknown>): Facts {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

async function numberIn(path: string): Promise<bigint | undefined> {
  const text = (await readIfThere(path))?.trim();
  return text !== undefined && /^-?\d+$/.test(text) ? BigInt(text) : undefined;
}

function limited(value: bigint | undefined): bigint | undefined {
  return value === undefined || value < 0n || value >= unlimited ? undefined : value;
}

async function textIn(path: string): Promise<string | undefined> {
  const text = (await readIfThere(path))?.trim();
  return text === "" ? undefined : text;
}

async function factsV2(directory: string): Promise<Facts> {
  const [quota, period] = ((await textIn(join(directory, "cpu.max"))) ?? "").split(" ");
  const cpu = present({
    quota: quota === undefined || !/^\d+$/.test(quota) ? undefined : BigInt(quota),
    period: period === undefined ? undefined : BigInt(period),
    weight: await numberIn(join(directory, "cpu.weight")),
    cpus: await textIn(join(directory, "cpuset.cpus")),
    mems: await textIn(join(directory, "cpuset.mems")),
  });
  const memory = present({ limit: await numberIn(join(directory, "memory.max")), swap: await numberIn(join(directory, "memory.swap.max")) });
  return { version: 2n, cpu, memory };
}

async function factsV1(paths: ReadonlyMap<string, string>): Promise<Facts> {
  const at = (controller: string, file: string): string => join(root, controller, paths.get(controller) ?? "/", file);
  const both = limited(await numberIn(at("memory", "memory.memsw.limit_in_bytes")));
  const limit = limited(await numberIn(at("memory", "memory.limit_in_bytes")));
  const cpu = present({
    quota: limited(await numberIn(at("cpu", "cpu.cfs_quota_us"))),
    period: await numberIn(at("cpu", "cpu.cfs_period_us")),
    shares: await numberIn(at("cpu", "cpu.shares")),
    cpus: await textIn(at("cpuset", "cpuset.cpus")),
    mems: await textIn(at("cpuset", "cpuset.mems")),
  });
  // v1 limits memory and swap together; the shape has the swap alone, as v2 does.
  const memory = present({ limit, swap: both === undefined || limit === undefined ? undefined : both - limit });
  return { version: 1n, cpu, memory };
}

/** Paths by controller, from the lines `id:controllers:path`. */
export function cgroupPaths(text: string): Map<string, string> {
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
export async function cgroupOf(pid: number): Promise<Facts | undefined> {
  const text = await readIfThere(`/proc/${pid}/cgroup`);
  if (text === undefined) {
    return undefined;
  }
  const paths = cgroupPaths(text.trim());
  const unified = existsSync(join(root, "cgroup.controllers"));
  const path = paths.get(unified ? "" : "memory") ?? "/";
  return { path, ...(await (unified ? factsV2(join(root, path)) : factsV1(paths))) };
}
