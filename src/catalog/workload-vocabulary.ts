/** The words of workloads that are neither RPCs nor fields of the proto. */

export const workloadKeys = ["id", "about", "needs", "matrix", "given", "iteration", "mix", "phases", "budget"] as const;
/** What may stand beside a call in a workload. */
export const workloadModifiers = ["as", "code", "deadline", "series", "measured"] as const;
/** What may stand beside a measure. */
export const measureModifiers = ["code", "deadline", "series"] as const;
export const phaseKeys = {
  open: ["rate", "spacing", "inFlight", "for", "warmUp"], closed: ["workers", "iterations", "for", "warmUp"],
  burst: ["burst", "warmUp"], steps: ["steps", "iterations", "warmUp"], density: ["density", "workers", "iterations", "warmUp"],
  mix: ["spacing", "inFlight", "for"],
} as const;
export const mixKeys = ["workload", "rate"] as const;
/** What shapes the iterations of one workload, of which a mix has none. */
export const notBesideMix = ["matrix", "given", "iteration", "budget"] as const;

/** Fixtures that a workload can be given, with their keys and states. */
export const workloadFixtures = {
  pod: { keys: ["handler", "config", "state", "count"], states: ["ready", "absent"] },
  container: { keys: ["pod", "image", "run", "config", "state", "count"], states: ["running", "created", "absent"] },
  image: { keys: ["config", "files", "layers", "names", "state", "count"], states: ["pulled", "served"] },
} as const;

/** What is measured beyond calls: the keys that each takes. */
export const measureKeys: Readonly<Record<string, readonly string[]>> = {
  attach: ["container_id", "transport"],
  eventSeen: ["container_id", "type"],
  execFirstByte: ["container_id", "cmd", "transport"],
  firstInstruction: ["container_id", "log"],
  portForward: ["pod_sandbox_id", "port", "transport"],
  sandboxReady: ["pod_sandbox_id"],
};

/** The series from whose begin a measure counts: it is measured before, under this name. */
export const measureSince: Readonly<Record<string, string>> = { eventSeen: "StartContainer", firstInstruction: "StartContainer", sandboxReady: "RunPodSandbox" };

/** What the samples of a measure are called, unless the step says otherwise. */
export const measureSeries: Readonly<Record<string, string>> = {
  attach: "attach", eventSeen: "event_seen", execFirstByte: "exec_first_byte", firstInstruction: "first_instruction", portForward: "portforward_connect", sandboxReady: "sandbox_ready",
};
