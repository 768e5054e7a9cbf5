/** Mutants that need no run: no valid observer could tell them apart, or this carrier cannot carry them. */
import type { Mutant } from "./mutant.ts";
import { type Fate, unexercised } from "./outcome.ts";
import type { Profile } from "./profile.ts";

export interface Settled {
  readonly fate: Fate;
  readonly by: string;
}

interface Rule {
  readonly id: RegExp;
  readonly fate: "equivalent" | "not-carried";
  readonly why: string;
}

/** Written down by hand, each with its reason. The first that fits counts. */
const rules: readonly Rule[] = [
  { id: /^rpc\.(?:StopPodSandbox|RemovePodSandbox|StopContainer|RemoveContainer|RemoveImage|PullImage|Update\w+|ReopenContainerLog)\.twice$/, fate: "equivalent", why: "doing it again changes nothing, by contract" },
  { id: /^rpc\.(?:Exec|Attach|PortForward)\.twice$/, fate: "equivalent", why: "a second URL that nobody uses" },
  { id: /^rpc\.UpdateRuntimeConfig\.(?:late-effect|no-op)$/, fate: "equivalent", why: "no RPC tells what it did" },
  { id: /^request\.UpdatePodSandboxResources\.(?:overhead|resources)\b/, fate: "equivalent", why: "no RPC tells what the runtime was informed of" },
  { id: /^request\.UpdateContainerResources\.annotations\b/, fate: "equivalent", why: "the keys are experimental, and nothing says what they do" },
  { id: /^response\.PodSandboxStatus\.timestamp\.missing$/, fate: "equivalent", why: "0 says that the runtime lacks evented PLEG, which it may" },
  { id: /^response\.\w+\.(?:[\w.]+\.)?(?:reason|message)\.wrong$/, fate: "equivalent", why: "the words are the runtime's own, but for those that a requirement fixes" },
  { id: /^response\.Version\.(?:version|runtime_version|runtime_name)\.wrong$/, fate: "equivalent", why: "the names and versions are the runtime's own" },
  { id: /\.runtime_handlers\.(?:first-lost|doubled)$/, fate: "equivalent", why: "which handlers there are is configured" },
  // These RPCs have errors whose code the contract fixes or recommends.
  { id: /^rpc\.(?!(?:ContainerStatus|PodSandboxStatus|ExecSync|Exec|PortForward|UpdatePodSandboxResources|UpdateContainerResources|StartContainer|CreateContainer|ContainerStats|Version|Status)\.)\w+\.wrong-code$/, fate: "equivalent", why: "the contract leaves the code of these errors open" },
];

/** What no case can use on the reference runtime; looked at only when no case did. */
const beyondCarrier: readonly Rule[] = [
  { id: /^request\.(?:RunPodSandbox|CreateContainer)\..*(?:security_context|sysctls|cgroup_parent|overhead|devices|CDI_devices|dns_config|selinux|propagation|Mappings|recursive_read_only|mount_options|userns)/, fate: "not-carried", why: "an effect of kernel or platform: cases that use it are blocked on simulated processes" },
  { id: /\.resources\.linux\.(?:cpuset_|hugepage_limits|unified|oom_score_adj)|\.linux\.(?:cpuset_|hugepage_limits|unified|oom_score_adj)/, fate: "not-carried", why: "an effect of the kernel: cases that use it are blocked on simulated processes" },
  { id: /\.psi\b|\.swap\b|available_bytes|\.mounts\.(?:uidMappings|gidMappings|image|image_sub_path|mount_options|recursive_read_only|selinux_relabel|propagation)\b/, fate: "not-carried", why: "the reference runtime has no such thing to tell" },
  { id: /\bimage\.(?:annotations|user_specified_image|runtime_handler|image_ref)\b|\bspec\.(?:annotations|user_specified_image|runtime_handler|image_ref)\b/, fate: "not-carried", why: "the reference runtime has one image store, and fills an image's name only" },
  { id: /userns_options|target_id|selinux|apparmor|seccomp/, fate: "not-carried", why: "an effect of the kernel: cases that use it are blocked on simulated processes" },
];

/** The fate of a mutant that is known without a run. */
export function settledFate(mutant: Mutant, profile: Profile): Settled | undefined {
  const rule = rules.find((one) => one.id.test(mutant.id));
  if (rule !== undefined) return { fate: rule.fate, by: rule.why };
  if (mutant.oci !== undefined && profile.read !== undefined) return { fate: "not-carried", by: "processes are simulated here: it needs a real runtime, with --carrier runc" };
  if (mutant.field === undefined) return undefined;
  if (!profile.touched.has(mutant.id)) {
    const beyond = beyondCarrier.find((one) => one.id.test(mutant.id));
    return beyond === undefined ? { fate: "survived", by: unexercised } : { fate: beyond.fate, by: beyond.why };
  }
  if (mutant.operator === "request" && profile.read?.has(`${mutant.rpc}.${mutant.field}`) === false) {
    return { fate: "not-carried", by: "the reference runtime does not look at it: it needs a real runtime" };
  }
  return undefined;
}
