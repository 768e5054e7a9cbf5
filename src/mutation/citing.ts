/** Whether a check that failed names the rule that a mutant breaks. */
import type { CheckResult } from "../model/verdict.ts";
import { breaksRule, type Mutant } from "./mutant.ts";

/** Areas of the contract that are not named after an RPC, and the RPCs whose behaviour they rule. */
const areas: Readonly<Record<string, RegExp>> = {
  SSM: /PodSandbox(?!Stats|Metrics)|GetContainerEvents/, CSM: /Container(?!Stats)/, SBX: /PodSandbox/, DNS: /PodSandbox/, PORT: /PodSandbox/,
  NS: /PodSandbox|Container/, USERNS: /PodSandbox|Container/, CFG: /Container/, MNT: /Container/, SEC: /Container|PodSandbox/, CAP: /Container/,
  PROF: /Container/, DEV: /Container/, CDI: /Container/, RES: /Resources|Container/, SIG: /Container/, LOG: /Container|Log/,
  STAT: /Stats|Metrics|ImageFsInfo/, STRM: /^(?:Exec|Attach|PortForward)$/, StreamList: /^Stream|^List(?:Containers|PodSandbox|Images|ContainerStats|PodSandboxStats|PodSandboxMetrics)$/,
};
/** RPCs whose rules say what becomes of another one's request: a config that is not kept shows in the status, and is a breach of both. */
const echoes: Readonly<Record<string, readonly string[]>> = {
  CreateContainer: ["ContainerStatus"], RunPodSandbox: ["PodSandboxStatus", "ListPodSandbox"], UpdateContainerResources: ["ContainerStatus"], PullImage: ["ImageStatus", "ListImages"],
  ListMetricDescriptors: ["ListPodSandboxMetrics"], ListPodSandboxMetrics: ["ListMetricDescriptors"], ListContainerStats: ["ContainerStats"], PodSandboxStats: ["ContainerStats"], ListPodSandboxStats: ["PodSandboxStats", "ContainerStats"],
  CheckpointPod: ["RestorePod"], RestorePod: ["CheckpointPod"],
  StreamContainers: ["ListContainers"], StreamPodSandboxes: ["ListPodSandbox"], StreamImages: ["ListImages", "ImageStatus"], ListImages: ["ImageStatus"], ImageStatus: ["ListImages"], StreamContainerStats: ["ListContainerStats"], StreamPodSandboxStats: ["ListPodSandboxStats", "PodSandboxStats"], StreamPodSandboxMetrics: ["ListPodSandboxMetrics"],
};
/** Rules that hold for each RPC; they are cited by a check on an answer of that RPC. */
const everywhere: ReadonlySet<string> = new Set(["GEN"]);

/** Whether a requirement rules what the mutant breaks: named by it, or about its RPC. */
export function isAbout(requirement: string, { rpc, breaks }: Pick<Mutant, "rpc" | "breaks">): boolean {
  if (breaks !== undefined) return breaksRule({ breaks }, requirement) === true;
  const area = requirement.replace(/-\d+$/, "");
  return area === rpc || echoes[rpc]?.includes(area) === true || areas[area]?.test(rpc) === true;
}

/** True when one of the requirements of the check is about what the mutant breaks. */
export function cites(check: CheckResult, mutant: Pick<Mutant, "rpc" | "breaks" | "operator">): boolean {
  const { rpc, breaks, operator } = mutant;
  // Who judges the very answer that is wrong names the rule that says what is in it.
  if (breaks === undefined && operator === "response" && check.verb === rpc && check.covers.length > 0) return true;
  return check.covers.some((requirement) => isAbout(requirement, mutant) || (breaks === undefined && everywhere.has(requirement.replace(/-\d+$/, "")) && check.verb === rpc));
}
