/** `criteria doctor`: what was found of a target, and what each missing piece blocks. */
import { criSchema } from "../cri/schema.ts";
import type { Target, TargetHost } from "./open-target.ts";

/** Something that is not there. */
export interface MissingPiece {
  readonly name: string;
  readonly blocks: string;
  readonly mend: string;
}

export interface Condition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

/** Plain data: `--json` prints it as it is, once bigint is turned into numbers. */
export interface DoctorReport {
  readonly endpoint: string;
  readonly imageEndpoint: string;
  readonly api: string;
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  readonly contract: string;
  readonly conditions: readonly Condition[];
  /** Names with the features that are on. */
  readonly handlers: readonly { readonly name: string; readonly features: readonly string[] }[];
  readonly runtimeFeatures: readonly string[];
  readonly v1alpha2: boolean;
  readonly rpcs: { readonly answered: readonly string[]; readonly unimplemented: readonly string[] };
  readonly host: TargetHost;
  readonly missing: readonly MissingPiece[];
}

/** Looks at what opening the target has found; asks nothing more. */
export function examine(target: Target): DoctorReport {
  const { facts, host } = target;
  const listed = fieldsIn(facts.status["runtime_handlers"]);
  return {
    endpoint: target.endpoint, imageEndpoint: target.imageEndpoint, api: target.client.api,
    runtimeName: target.runtimeName, runtimeVersion: target.runtimeVersion, contract: target.contract,
    conditions: conditionsOf(target),
    handlers: facts.handlers.map((name) => ({ name, features: switchedOn(listed.find((item) => item["name"] === name)?.["features"]) })),
    runtimeFeatures: switchedOn(facts.status["features"]), v1alpha2: facts.v1alpha2,
    rpcs: { answered: facts.rpcs, unimplemented: unimplemented(target) },
    host, missing: missingPieces(target),
  };
}

function unimplemented({ client, facts }: Target): string[] {
  return [...criSchema(client.api).rpcs.keys()].filter((name) => !facts.rpcs.includes(name));
}

function conditionsOf({ facts }: Target): Condition[] {
  const status = fieldsOf(facts.status["status"]);
  return fieldsIn(status["conditions"]).map((item) => ({
    type: String(item["type"] ?? ""), status: item["status"] === true, reason: String(item["reason"] ?? ""), message: String(item["message"] ?? ""),
  }));
}

interface Check extends MissingPiece {
  readonly there: (target: Target) => boolean;
}

const conditionHolds = (type: string) => (target: Target): boolean => conditionsOf(target).some((item) => item.type === type && item.status);

const checks: readonly Check[] = [
  {
    name: "RuntimeReady", there: conditionHolds("RuntimeReady"),
    blocks: "all cases that start anything", mend: "Look at the log of the runtime.",
  },
  {
    name: "NetworkReady", there: conditionHolds("NetworkReady"),
    blocks: "cases that need pods with a network of their own", mend: "Put CNI plugins and a network configuration where the runtime reads them (often /opt/cni/bin and /etc/cni/net.d).",
  },
  {
    name: "the same host", there: ({ host }) => host.shares || host.embedded,
    blocks: "cases that look at the runtime from outside: namespaces, mounts, cgroups, leftovers", mend: "Run criteria on the host of the runtime, with its unix socket as the endpoint.",
  },
  {
    name: "real processes", there: ({ host }) => !host.embedded,
    blocks: "cases that judge what the kernel does: capabilities, seccomp, namespaces, mounts, cgroups", mend: "Give --runtime-endpoint instead of --embedded.",
  },
  {
    name: "root", there: ({ host }) => host.root,
    blocks: "cases that look into processes of others, or change the host", mend: "Run criteria as root.",
  },
  {
    name: "CAP_SYS_RESOURCE", there: ({ host }) => host.capabilities.includes("CAP_SYS_RESOURCE"),
    blocks: "containers with a negative oom_score_adj, where the runtime runs with the same capabilities", mend: "Grant it, or let the runtime restrict the value (containerd: restrict_oom_score_adj = true).",
  },
  {
    name: "cgroup v2", there: ({ host }) => host.cgroup_version === 2n,
    blocks: "cases of unified cgroup settings, swap and memory protection", mend: "Boot with systemd.unified_cgroup_hierarchy=1.",
  },
  {
    name: "seccomp", there: ({ host }) => host.seccomp,
    blocks: "cases of seccomp profiles", mend: "Boot a kernel with CONFIG_SECCOMP_FILTER.",
  },
  {
    name: "AppArmor", there: ({ host }) => host.apparmor,
    blocks: "cases of AppArmor profiles", mend: "Boot a kernel with AppArmor enabled (lsm=…,apparmor).",
  },
  {
    name: "SELinux", there: ({ host }) => host.selinux,
    blocks: "cases of SELinux labels", mend: "Run on a distribution with SELinux enabled.",
  },
  {
    name: "user namespaces", there: ({ host, handlerFacts }) => host.user_namespaces && switchedOn(handlerFacts["features"]).includes("user_namespaces"),
    blocks: "cases of pods in a user namespace", mend: "Raise user.max_user_namespaces, and use a runtime and a handler that support them.",
  },
  {
    name: "a restart command", there: ({ host }) => host.restart,
    blocks: "cases that restart the runtime", mend: "Give --restart-command.",
  },
  {
    name: "a CNI configuration folder", there: ({ host }) => host.cni_fault,
    blocks: "cases that make network plugins fail", mend: "Give --cni-conf-dir, and --cni-bin-dir where plugins are not in /opt/cni/bin.",
  },
];

function missingPieces(target: Target): MissingPiece[] {
  const pieces = checks.filter(({ there }) => !there(target)).map(({ name, blocks, mend }) => ({ name, blocks, mend }));
  const rpcs = unimplemented(target).map((name) => ({ name, blocks: `cases that call ${name} (unsupported)`, mend: "Use a version of the runtime that implements it, or switch it on there." }));
  return [...pieces, ...rpcs];
}

/** The report for people, a line each. */
export function doctorLines(report: DoctorReport): string[] {
  const { host } = report;
  return [
    `runtime     ${report.runtimeName} ${report.runtimeVersion}, CRI ${report.api}${report.v1alpha2 && report.api === "v1" ? " and v1alpha2" : ""}`,
    `endpoints   ${report.endpoint}${report.imageEndpoint === report.endpoint ? "" : `, images ${report.imageEndpoint}`}`,
    `contract    Kubernetes ${report.contract}`,
    ...report.conditions.map(conditionLine),
    ...report.handlers.map(({ name, features }) => `handler     ${name === "" ? "(default)" : name}: ${listOf(features)}`),
    `features    ${listOf(report.runtimeFeatures)}`,
    `RPCs        ${report.rpcs.answered.length} answered; unimplemented: ${listOf(report.rpcs.unimplemented)}`,
    `host        ${host.os}/${host.arch}, kernel ${host.kernel}, cgroup v${host.cgroup_version}, ${host.root ? "root" : "not root"}, ${host.shares ? "shared with the runtime" : "not shared with the runtime"}`,
    `security    ${listOf((["seccomp", "apparmor", "selinux", "user_namespaces"] as const).filter((name) => host[name]))}`,
    ...(report.missing.length === 0 ? ["nothing is missing"] : ["", "missing:"]),
    ...report.missing.flatMap(({ name, blocks, mend }) => [`  ${name}: blocks ${blocks}`, `    ${mend}`]),
  ];
}

function conditionLine({ type, status, reason, message }: Condition): string {
  const why = [reason, message].filter((text) => text !== "").join(": ");
  return `condition   ${type} ${status ? "yes" : "no"}${why === "" ? "" : ` (${why})`}`;
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}

function switchedOn(features: unknown): string[] {
  return Object.entries(fieldsOf(features)).filter(([, on]) => on === true).map(([name]) => name);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function fieldsIn(value: unknown): Readonly<Record<string, unknown>>[] {
  const items: unknown[] = Array.isArray(value) ? value : [];
  return items.map(fieldsOf);
}
