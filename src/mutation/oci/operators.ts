/** Mutants of what is given to runc: each part of a container's set-up is left out, doubled or wrong. */
import type { Mutant } from "../mutant.ts";
import type { OciEdit } from "./edit.ts";

const process = (field: string): readonly string[] => ["process", field];
const linux = (...fields: readonly string[]): readonly string[] => ["linux", ...fields];
const resources = (...fields: readonly string[]): readonly string[] => ["linux", "resources", ...fields];

interface Group {
  readonly rpc: string;
  /** Requirements about the part; `*` at the end stands for any. */
  readonly breaks: readonly string[];
  readonly mutants: Readonly<Record<string, readonly OciEdit[]>>;
}

const capabilitySets = ["bounding", "effective", "permitted", "inheritable", "ambient"] as const;
const extra = "CAP_SYS_ADMIN";
const usual = "CAP_CHOWN";

function capability(op: "add" | "drop", value: string, sets: readonly string[]): OciEdit[] {
  return sets.map((set) => ({ path: ["process", "capabilities", set], op, value }));
}

function mountGone(destination: string): OciEdit[] {
  return [{ path: ["mounts"], op: "drop", where: { destination } }];
}

function mountOptions(before: readonly string[], after: readonly string[]): OciEdit[] {
  return [{ path: ["mounts"], op: "merge", where: { options: before }, value: { options: after } }];
}

/** A namespace of the host in the place of the container's. */
function hostNamespace(type: string): OciEdit[] {
  return [{ path: linux("namespaces"), op: "drop", where: { type } }];
}

/** A namespace of the container's own in the place of the PodSandbox's. */
function ownNamespace(type: string): OciEdit[] {
  return [{ path: linux("namespaces"), op: "merge", where: { type }, value: { path: "" } }];
}

const groups: readonly Group[] = [
  {
    rpc: "CreateContainer", breaks: ["CAP-*", "SEC-14"], mutants: {
      "capabilities.extra": capability("add", extra, ["bounding", "effective", "permitted"]),
      "capabilities.extra-bounding": capability("add", extra, ["bounding"]),
      "capabilities.extra-inheritable": capability("add", usual, ["inheritable"]),
      "capabilities.extra-ambient": capability("add", usual, ["ambient", "inheritable"]),
      "capabilities.usual-lost": capability("drop", usual, capabilitySets),
      "capabilities.effective-lost": [{ path: ["process", "capabilities", "effective"], op: "set", value: [] }],
      "capabilities.ambient-lost": [{ path: ["process", "capabilities", "ambient"], op: "set", value: [] }],
      "capabilities.none": [{ path: process("capabilities"), op: "set", value: {} }],
    },
  },
  {
    rpc: "CreateContainer", breaks: ["SEC-11"], mutants: {
      "no-new-privileges.always": [{ path: process("noNewPrivileges"), op: "set", value: true }],
      "no-new-privileges.never": [{ path: process("noNewPrivileges"), op: "remove" }],
    },
  },
  {
    rpc: "CreateContainer", breaks: ["PROF-*", "SEC-14"], mutants: {
      "seccomp.none": [{ path: linux("seccomp"), op: "remove" }],
      "seccomp.allows-all": [{ path: linux("seccomp", "defaultAction"), op: "set", value: "SCMP_ACT_ALLOW" }, { path: linux("seccomp", "syscalls"), op: "remove" }],
      "seccomp.always": [{ path: linux("seccomp"), op: "set", value: { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir", "mkdirat", "chmod", "fchmodat", "unshare", "ptrace"], action: "SCMP_ACT_ERRNO" }] } }],
    },
  },
  {
    rpc: "CreateContainer", breaks: ["SEC-12", "SEC-13", "SEC-14"], mutants: {
      "masked-paths.none": [{ path: linux("maskedPaths"), op: "remove" }],
      "masked-paths.always": [{ path: linux("maskedPaths"), op: "set", value: ["/proc/kcore", "/proc/keys", "/proc/timer_list"] }],
      "readonly-paths.none": [{ path: linux("readonlyPaths"), op: "remove" }],
      "readonly-paths.always": [{ path: linux("readonlyPaths"), op: "set", value: ["/proc/sys", "/proc/bus"] }],
    },
  },
  {
    rpc: "CreateContainer", breaks: ["SEC-06"], mutants: {
      "rootfs.writable": [{ path: ["root", "readonly"], op: "remove" }],
      "rootfs.read-only": [{ path: ["root", "readonly"], op: "set", value: true }],
    },
  },
  {
    rpc: "CreateContainer", breaks: ["MNT-*", "SEC-14", "USERNS-06", "ContainerStatus-08", "ContainerStatus-16"], mutants: {
      "mounts.read-only-ignored": mountOptions(["rbind", "rprivate", "ro"], ["rbind", "rprivate", "rw"]),
      "mounts.always-read-only": mountOptions(["rbind", "rprivate", "rw"], ["rbind", "rprivate", "ro"]),
      "mounts.slave-is-private": mountOptions(["rbind", "rslave", "rw"], ["rbind", "rprivate", "rw"]),
      "mounts.shared-is-private": mountOptions(["rbind", "rshared", "rw"], ["rbind", "rprivate", "rw"]),
      "mounts.private-is-slave": mountOptions(["rbind", "rprivate", "rw"], ["rbind", "rslave", "rw"]),
      "mounts.not-recursive": mountOptions(["rbind", "rprivate", "rw"], ["bind", "private", "rw"]),
      "mounts.recursive-read-only-ignored": mountOptions(["rbind", "rprivate", "rro"], ["rbind", "rprivate", "ro"]),
      "mounts.sys-writable": [{ path: ["mounts"], op: "merge", where: { destination: "/sys" }, value: { options: ["nosuid", "noexec", "nodev", "rw"] } }],
      "mounts.sys-read-only": [{ path: ["mounts"], op: "merge", where: { destination: "/sys" }, value: { options: ["nosuid", "noexec", "nodev", "ro"] } }],
      "mounts.shm-lost": mountGone("/dev/shm"),
      "mounts.root-private": [{ path: linux("rootfsPropagation"), op: "set", value: "rprivate" }],
    },
  },
  {
    rpc: "RunPodSandbox", breaks: ["DNS-*", "RunPodSandbox-08"], mutants: {
      "mounts.resolv-conf-lost": mountGone("/etc/resolv.conf"),
      "mounts.hostname-lost": mountGone("/etc/hostname"),
      "hostname.wrong": [{ of: "sandbox", path: ["hostname"], op: "set", value: "somebody-else" }],
      "hostname.lost": [{ of: "sandbox", path: ["hostname"], op: "remove" }],
    },
  },
  {
    rpc: "CreateContainer", breaks: ["NS-*", "SEC-14", "RunPodSandbox-08"], mutants: {
      "namespaces.ipc-of-host": hostNamespace("ipc"), "namespaces.ipc-of-its-own": ownNamespace("ipc"),
      "namespaces.uts-of-host": hostNamespace("uts"), "namespaces.uts-of-its-own": ownNamespace("uts"),
      "namespaces.pid-of-host": hostNamespace("pid"), "namespaces.pid-of-its-own": ownNamespace("pid"),
      "namespaces.network-of-host": hostNamespace("network"), "namespaces.network-of-its-own": ownNamespace("network"),
    },
  },
  {
    rpc: "CreateContainer", breaks: ["USERNS-*"], mutants: {
      "user-namespace.one-id-only": [{ path: linux("uidMappings"), op: "merge", where: { containerID: 0 }, value: { size: 1 } }],
      "user-namespace.shifted": [{ path: linux("uidMappings"), op: "merge", where: { containerID: 0 }, value: { hostID: 1000000 } }],
    },
  },
  {
    rpc: "CreateContainer", breaks: ["RES-*", "ContainerStatus-05", "UpdateContainerResources-01"], mutants: {
      "cgroup.memory-unlimited": [{ path: resources("memory"), op: "remove" }],
      "cgroup.memory-limit-only": [{ path: resources("memory", "swap"), op: "remove" }],
      "cgroup.cpu-unlimited": [{ path: resources("cpu", "quota"), op: "remove" }],
      "cgroup.cpu-period-lost": [{ path: resources("cpu", "period"), op: "remove" }],
      "cgroup.cpu-shares-lost": [{ path: resources("cpu", "shares"), op: "remove" }],
      "cgroup.cpuset-lost": [{ path: resources("cpu", "cpus"), op: "remove" }],
      "cgroup.mems-lost": [{ path: resources("cpu", "mems"), op: "remove" }],
      "cgroup.hugepages-lost": [{ path: resources("hugepageLimits"), op: "remove" }],
      "cgroup.unified-lost": [{ path: resources("unified"), op: "remove" }],
      "oom-score.wrong": [{ path: process("oomScoreAdj"), op: "set", value: 999 }],
    },
  },
  {
    rpc: "CreateContainer", breaks: ["DEV-*", "CDI-*", "SEC-14"], mutants: {
      "devices.all-allowed": [{ path: resources("devices"), op: "set", value: [{ allow: true, access: "rwm" }] }],
      "devices.none-allowed": [{ path: resources("devices"), op: "set", value: [{ allow: false, access: "rwm" }] }],
      "devices.lost": [{ path: linux("devices"), op: "remove" }],
    },
  },
  {
    rpc: "CreateContainer", breaks: ["SEC-01", "SEC-02", "SEC-03", "SEC-04", "SEC-05", "SEC-07", "SEC-08", "SEC-09", "ContainerStatus-13"], mutants: {
      "user.root": [{ path: ["process", "user", "uid"], op: "set", value: 0 }],
      "user.other": [{ path: ["process", "user", "uid"], op: "set", value: 4242 }],
      "user.group-root": [{ path: ["process", "user", "gid"], op: "set", value: 0 }],
      "user.group-other": [{ path: ["process", "user", "gid"], op: "set", value: 4242 }],
      "user.no-groups": [{ path: ["process", "user", "additionalGids"], op: "remove" }],
      "user.one-group-more": [{ path: ["process", "user", "additionalGids"], op: "add", value: 4242 }],
    },
  },
  {
    rpc: "CreateContainer", breaks: ["CreateContainer-08", "CreateContainer-09", "CreateContainer-10", "CreateContainer-14"], mutants: {
      "process.environment-lost": [{ path: process("env"), op: "set", value: ["PATH=/usr/bin:/bin:/"] }],
      "process.working-directory-lost": [{ path: process("cwd"), op: "set", value: "/" }],
      "process.no-terminal": [{ path: process("terminal"), op: "remove" }],
    },
  },
  {
    rpc: "RunPodSandbox", breaks: ["SBX-*"], mutants: {
      "sysctls.lost": [{ of: "sandbox", path: linux("sysctl"), op: "remove" }],
      "sandbox.rootfs-writable": [{ of: "sandbox", path: ["root", "readonly"], op: "remove" }],
    },
  },
  {
    rpc: "ExecSync", breaks: ["ExecSync-11"], mutants: {
      "exec.user-root": [{ of: "exec", path: ["user", "uid"], op: "set", value: 0 }],
      "exec.user-other": [{ of: "exec", path: ["user", "uid"], op: "set", value: 4242 }],
      "exec.groups-lost": [{ of: "exec", path: ["user", "additionalGids"], op: "remove" }],
      "exec.environment-lost": [{ of: "exec", path: ["env"], op: "set", value: ["PATH=/usr/bin:/bin:/"] }],
      "exec.working-directory-lost": [{ of: "exec", path: ["cwd"], op: "set", value: "/" }],
      "exec.capabilities-extra": capability("add", extra, ["bounding", "effective", "permitted"]).map((edit) => ({ ...edit, of: "exec", path: edit.path.slice(1) })),
      "exec.capabilities-none": [{ of: "exec", path: ["capabilities"], op: "set", value: {} }],
      "exec.no-new-privileges-lost": [{ of: "exec", path: ["noNewPrivileges"], op: "remove" }],
    },
  },
];

/** Every one, in a stable order. */
export function ociMutants(): Mutant[] {
  return groups.flatMap(({ rpc, breaks, mutants }) => Object.entries(mutants).map(([id, oci]): Mutant => ({ id: `oci.${id}`, operator: "oci", rpc, breaks, about: aboutOf(oci), oci, make: () => [] })));
}

function aboutOf(edits: readonly OciEdit[]): string {
  const parts = edits.map(({ of, op, path, where }) => `${op} ${of === undefined ? "" : `${of}'s `}${path.join(".")}${where === undefined ? "" : ` where ${JSON.stringify(where)}`}`);
  return `runc gets: ${[...new Set(parts)].join(", ")}`;
}
