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
  { id: /^response\.\w+\.(?:[\w.]+\.)?(?:reason|message)\.wrong$/, fate: "equivalent", why: "the words are the runtime's own, but for those that a requirement fixes" },
  { id: /^response\.Version\.(?:version|runtime_version|runtime_name)\.wrong$/, fate: "equivalent", why: "the names and versions are the runtime's own" },
  { id: /\.runtime_handlers\.(?:first-lost|doubled)$/, fate: "equivalent", why: "which handlers there are is configured" },
];

/** The fate of a mutant that is known without a run. */
export function settledFate(mutant: Mutant, profile: Profile): Settled | undefined {
  const rule = rules.find((one) => one.id.test(mutant.id));
  if (rule !== undefined) return { fate: rule.fate, by: rule.why };
  if (mutant.field === undefined) return undefined;
  if (!profile.touched.includes(mutant.id)) return { fate: "survived", by: unexercised };
  if (mutant.operator === "request" && !profile.read.includes(`${mutant.rpc}.${mutant.field}`)) {
    return { fate: "not-carried", by: "the reference runtime does not look at it: it needs a real runtime" };
  }
  return undefined;
}
