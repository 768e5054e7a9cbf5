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
  { id: /^rpc\.(?:Version|Status|RuntimeConfig|ListContainers|ListPodSandbox|ListImages|ListContainerStats|ListPodSandboxStats|ListPodSandboxMetrics|ListMetricDescriptors|ImageFsInfo)\.(?:swallowed-error|wrong-code)$/, fate: "equivalent", why: "there is no valid request for which it fails" },
  { id: /^request\.(?!CreateContainer)\w+\.verbose\.dropped$|^response\.\w+\.info\.(?:missing|wrong)$/, fate: "equivalent", why: "what verbose adds is the runtime's own, and may be nothing" },
  { id: /^response\.\w+\.(?:[\w.]+\.)?message\.(?:wrong|missing)$|^response\.\w+\.(?:[\w.]+\.)?reason\.wrong$/, fate: "equivalent", why: "the words are the runtime's own, but for those that a requirement fixes" },
  { id: /^response\.Status\.status\.conditions\.doubled$/, fate: "equivalent", why: "a condition that is told twice, alike, is told" },
  { id: /^response\.Status\.status\.conditions\.reason\.missing$/, fate: "equivalent", why: "a condition that holds needs no reason" },
  { id: /^response\.Version\.(?:version|runtime_version|runtime_name|runtime_api_version)\.wrong$/, fate: "equivalent", why: "the names and versions are the runtime's own; a suffix is read as a build" },
  { id: /\.runtime_handlers\.(?:first-lost|doubled|missing)$|\.features\.missing$|\.features\.\w+\.missing$/, fate: "equivalent", why: "no rule says which handlers and features are told; an absent one is unknown" },
  { id: /^response\.RuntimeConfig\.linux\.missing$/, fate: "equivalent", why: "RuntimeConfig-01: an absent message says that it is unknown" },
  { id: /^request\.StopContainer\.timeout\.wrong$/, fate: "equivalent", why: "one second more: no rule says how exactly, and a busy machine takes as long" },
  { id: /^response\.\w+\.(?:[\w.]+\.)?mounts\.(?:doubled|selinux_relabel\.wrong|propagation\.wrong|recursive_read_only\.wrong)$/, fate: "equivalent", why: "ContainerStatus-08 asks for entries with their paths, and allows further ones" },
  { id: /^request\.\w+\.(?:config|sandbox_config)\.(?:envs|mounts|devices|CDI_devices)\.doubled$|\.(?:add_capabilities|drop_capabilities|add_ambient_capabilities|supplemental_groups|masked_paths|readonly_paths|searches|options|servers)\.doubled$/, fate: "equivalent", why: "the same said twice is the same" },
  { id: /^request\.\w+\.config\.(?:image|mounts\.image)\.(?:user_specified_image|annotations|image_ref)\.\w+$|^request\.\w+\.image\.(?:user_specified_image|annotations|image_ref)\.\w+$/, fate: "equivalent", why: "CFG-03: what a caller says there is for information" },
  { id: /^request\.(?:CreateContainer|PullImage)\.sandbox_config\.dropped$/, fate: "equivalent", why: "CreateContainer-13, PullImage-10: a runtime may ignore it" },
  { id: /^request\.(?:RunPodSandbox|RestorePod)\.config\.linux\.(?:overhead|resources)\.dropped$/, fate: "equivalent", why: "SBX-04: for information only" },
  { id: /^response\.(?:ListImages|StreamImages|ImageStatus)\.images?\.spec\.(?:missing|image\.\w+)$/, fate: "equivalent", why: "no rule says what the spec of an image holds but its handler (ListImages-09), and that may be absent" },
  { id: /^response\.ImageFsInfo\.image_filesystems\.doubled$/, fate: "equivalent", why: "ImageFsInfo-02: the caller takes the first entry only" },
  { id: /^request\.Version\.version\./, fate: "equivalent", why: "Version-05: for information only" },
  { id: /^request\.UpdateContainerResources\.annotations\./, fate: "equivalent", why: "UpdateContainerResources-07: experimental, and never sent" },
  { id: /^response\.PodSandboxStatus\.timestamp\.missing$/, fate: "equivalent", why: "PodSandboxStatus-11: 0 tells that the runtime lacks evented PLEG" },
  { id: /^request\.\w+\.(?:[\w.]+\.)?selinux_relabel\.\w+$/, fate: "not-carried", why: "nothing is labelled without SELinux" },
  { id: /^response\.\w*Stats\..*(?:\.swap(?:\.swap_\w+_bytes)?|usage_nano_cores(?:\.value)?|inodes_used|[rt]x_errors)\.missing$/, fate: "equivalent", why: "absent means unknown, which a runtime may say of it (STAT-12); an average needs an earlier sample (STAT-03)" },
  { id: /^rpc\.UpdatePodSandboxResources\.(?:late-effect|no-op)$|^request\.UpdateRuntimeConfig\.runtime_config\b.*\.dropped$|^request\.UpdatePodSandboxResources\.(?:overhead|resources)\.dropped$/, fate: "equivalent", why: "no RPC tells what it did; the runtime is informed (UpdatePodSandboxResources-02)" },
  { id: /^rpc\.Checkpoint(?:Container|Pod)\.twice$/, fate: "equivalent", why: "a second checkpoint of the same moment; what becomes of a second one in the same place is left open" },
  { id: /^response\.ListMetricDescriptors\.descriptors\.(?:help\.\w+|label_keys\.wrong)$|^response\.\w+Metrics\..*label_values\.wrong$/, fate: "equivalent", why: "words for people; which labels there are, and what they say, is the runtime's own" },
  { id: /^response\.\w+Metrics\..*\.timestamp\.missing$/, fate: "equivalent", why: "ListPodSandboxMetrics-03: 0 says that the sample is live" },
  { id: /^request\.CheckpointContainer\.timeout\.|^request\.(?:CheckpointPod|RestorePod)\.options\.wrong$|^response\.Status\.runtime_handlers\.name\.wrong$/, fate: "equivalent", why: "CheckpointContainer-02 demands no reaction; an unknown option stays unknown with another value; the names of handlers are configured" },
  { id: /^request\.RestorePod\.container_configs\.(?:stdin|tty)\./, fate: "equivalent", why: "RestorePod-08, RestorePod-09: neither says whether input and terminal are those of the config or those of the checkpoint" },
  // These RPCs have errors whose code the contract fixes or recommends.
  { id: /^rpc\.(?!(?:ContainerStatus|PodSandboxStatus|ExecSync|Exec|PortForward|UpdatePodSandboxResources|UpdateContainerResources|StartContainer|CreateContainer|CheckpointContainer)\.)\w+\.wrong-code$/, fate: "equivalent", why: "the contract leaves the code of these errors open" },
];

/** What no case can use on the reference runtime; looked at only when no case did. */
const beyondCarrier: readonly Rule[] = [
  { id: /^response\.\w*Stats\..*(?:major_page_faults\.value|[rt]x_errors\.value|network\.interfaces|\.io)\b/, fate: "not-carried", why: "simulated memory has no disk and simulated links no errors; a PodSandbox has one interface, and nothing measures its input and output" },
  { id: /^request\.(?:RunPodSandbox|CreateContainer|RestorePod)\..*(?:security_context|sysctls|cgroup_parent|devices|CDI_devices|dns_config|propagation|Mappings|recursive_read_only|mount_options|port_mappings)/, fate: "not-carried", why: "an effect of kernel or platform: cases that use it are blocked on simulated processes" },
  { id: /\.linux\.(?:cpuset_|hugepage_limits|unified|oom_score_adj)|\.resources\.(?:cpuset_|hugepage_limits|unified|oom_score_adj)/, fate: "not-carried", why: "an effect of the kernel: cases that use it are blocked on simulated processes" },
  { id: /\.psi\b|\.swap\b|available_bytes|\.mounts\.(?:uidMappings|gidMappings|image|image_sub_path|mount_options|recursive_read_only|propagation)\b|additional_ips/, fate: "not-carried", why: "the reference runtime has no such thing to tell" },
  { id: /\bimage\.runtime_handler\b|\bspec\.(?:annotations|user_specified_image|runtime_handler|image_ref)\b|\bimage\.(?:annotations|user_specified_image|image_ref)\b/, fate: "not-carried", why: "the reference runtime has one image store, and fills an image's name only" },
  { id: /userns_options|target_id|selinux|apparmor|seccomp|cgroup_driver/, fate: "not-carried", why: "an effect of the kernel: cases that use it are blocked on simulated processes" },
  { id: /^response\.ImageFsInfo\.(?:container_filesystems\.|image_filesystems\.first-lost$)/, fate: "not-carried", why: "ImageFsInfo-03: optional, and the reference runtime has one storage" },
  { id: /^response\.(?:List|Stream)PodSandboxMetrics\.pod(?:_sandbox)?_metrics\.metrics\.metric_type\.missing$/, fate: "not-carried", why: "every metric of a PodSandbox is a counter here, and COUNTER is what an absent type says" },
  { id: /^rpc\.UpdateRuntimeConfig\.swallowed-error$/, fate: "not-carried", why: "the reference runtime takes every network" },
  { id: /^response\.(?:ListImages|StreamImages|ImageStatus)\.images?\.pinned\.missing$/, fate: "not-carried", why: "no call pins an image, and the reference runtime has none that is pinned" },
];

/** Claims whose truth shows in real processes only. */
const claims = /^response\.(?:Status\.(?:runtime_handlers\.)?features\.\w+\.wrong|RuntimeConfig\.linux\.cgroup_driver\.\w+)$/;

/** A survivor whose effect is the kernel's, or that has nothing to change here, is left to a real runtime. */
export function leftToReal(id: string): Settled | undefined {
  const beyond = beyondCarrier.find((rule) => rule.id.test(id));
  return beyond === undefined ? undefined : { fate: beyond.fate, by: beyond.why };
}

/** No case that this runtime and this host can run makes the runtime use the field so. */
function unused({ id, operator }: Mutant, { read }: Profile): Settled {
  // Beside a real runtime there may be another that tells what this one leaves out; what nobody sends is for a case to send.
  if (read === undefined && operator === "response") return { fate: "not-carried", by: "this runtime never tells it so" };
  const left = leftToReal(id);
  if (left === undefined) return { fate: "survived", by: unexercised };
  return read === undefined ? { fate: "not-carried", by: "cases that use it are blocked on this host, or unsupported by this runtime" } : left;
}

/** The fate of a mutant that is known without a run. */
export function settledFate(mutant: Mutant, profile: Profile): Settled | undefined {
  const rule = rules.find((one) => one.id.test(mutant.id));
  if (rule !== undefined) return { fate: rule.fate, by: rule.why };
  if (mutant.oci !== undefined && profile.read !== undefined) return { fate: "not-carried", by: "processes are simulated here: it needs a real runtime, with --carrier runc" };
  if (profile.read !== undefined && claims.test(mutant.id)) return { fate: "not-carried", by: "whether it is true shows in real processes only" };
  if (mutant.field === undefined) return undefined;
  if (!profile.touched.has(mutant.id)) return unused(mutant, profile);
  if (mutant.operator === "request" && profile.read?.has(`${mutant.rpc}.${mutant.field}`) === false) {
    return { fate: "not-carried", by: "the reference runtime does not look at it: it needs a real runtime" };
  }
  return undefined;
}
