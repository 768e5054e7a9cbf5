/** What suites may ask about the host (`host.…` in CEL), read where the harness runs. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { arch, cpus, networkInterfaces, platform, release } from "node:os";
import type { Endpoint } from "../cri/endpoint.ts";

/** A type, not an interface: CEL takes it as a mapping. */
export type HostFacts = {
  readonly os: string;
  /** As container images name it: amd64, arm64. */
  readonly arch: string;
  readonly kernel: string;
  /** Processors of the machine. */
  readonly cpus: bigint;
  /** 0n where there are no cgroups. */
  readonly cgroup_version: bigint;
  /** Whether huge pages can be limited by cgroup. */
  readonly hugetlb: boolean;
  readonly root: boolean;
  /** Effective capabilities, like CAP_SYS_ADMIN. */
  readonly capabilities: readonly string[];
  readonly seccomp: boolean;
  readonly apparmor: boolean;
  readonly selinux: boolean;
  readonly user_namespaces: boolean;
  /** An IPv4 address of this host that is no loopback's, as long as it has one: rules for ports may lead from there alone. */
  readonly address: string;
};

/** By bit. */
const capabilityNames: readonly string[] = [
  "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
  "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
  "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
  "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
  "PERFMON", "BPF", "CHECKPOINT_RESTORE",
].map((name) => `CAP_${name}`);

/** Reads the facts; what this system does not have reads as absent. */
export function readHost(): HostFacts {
  const status = textOf("/proc/self/status");
  return {
    os: platform(), arch: imageArch(arch()), kernel: release(), cpus: BigInt(cpus().length), cgroup_version: cgroupVersion(), hugetlb: hasHugetlb(),
    root: process.geteuid?.() === 0, capabilities: effectiveCapabilities(status),
    seccomp: /^Seccomp:/m.test(status),
    apparmor: textOf("/sys/module/apparmor/parameters/enabled").startsWith("Y"),
    selinux: existsSync("/sys/fs/selinux/enforce"),
    user_namespaces: existsSync("/proc/self/ns/user") && Number(textOf("/proc/sys/user/max_user_namespaces")) > 0,
    address: ownAddress(networkInterfaces()),
  };
}

/** The first address of IPv4 beside the loopback's, which stands in where there is none. */
export function ownAddress(interfaces: ReturnType<typeof networkInterfaces>): string {
  return Object.values(interfaces).flat().find((item) => item?.family === "IPv4" && !item.internal)?.address ?? "127.0.0.1";
}

/** The names of `CapEff` in the text of a /proc/PID/status. A bit without a name here reads CAP_<bit>. */
export function effectiveCapabilities(status: string): string[] {
  const bits = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  return Array.from({ length: 64 }, (_item, bit) => bit)
    .filter((bit) => (bits >> BigInt(bit)) % 2n === 1n)
    .map((bit) => capabilityNames[bit] ?? `CAP_${bit}`);
}

/**
 * True when the endpoint is a socket in this file system. That is taken for sharing processes and files with the
 * runtime as well; a socket mounted into a container without them is the exception that it does not see.
 */
export function sharesHost({ socketPath }: Endpoint): boolean {
  return socketPath !== undefined && statSync(socketPath, { throwIfNoEntry: false })?.isSocket() === true;
}

function cgroupVersion(): bigint {
  if (existsSync("/sys/fs/cgroup/cgroup.controllers")) return 2n;
  return existsSync("/proc/self/cgroup") ? 1n : 0n;
}

function hasHugetlb(): boolean {
  const unified = textOf("/sys/fs/cgroup/cgroup.controllers");
  return unified === "" ? existsSync("/sys/fs/cgroup/hugetlb/cgroup.procs") : unified.split(/\s/).includes("hugetlb");
}

function imageArch(name: string): string {
  return { x64: "amd64", ia32: "386" }[name] ?? name;
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
