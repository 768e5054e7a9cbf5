/** The words of the suite format that are neither RPCs nor fields of the proto. */
export const structureVerbs = ["check", "steps", "parallel"] as const;

export const modifiers = [
  "each", "repeat", "concurrent", "when", "eventually", "consistently", "every", "deadline", "receiveLimit", "code", "expect", "that", "about", "covers", "checks", "as", "save",
] as const;

export const caseKeys = ["id", "about", "needs", "matrix", "where", "before", "given", "steps", "alone", "draft", "deadline", "api"] as const;
export const invariantKeys = ["id", "about", "of", "key", "when", "that", "covers", "needs"] as const;
export const suiteKeys = ["suite", "about", "cases", "invariants", "workloads"] as const;
export const checkKeys = ["code", "expect", "that", "about", "covers"] as const;

/** Fixture kinds with the keys that each takes. */
export const fixtureKeys = {
  pod: ["handler", "from", "config", "state", "count"],
  container: ["pod", "image", "run", "from", "config", "state", "count"],
  image: ["config", "files", "layers", "names", "auth", "fault", "platforms", "revisions", "state", "count", "from"],
  hostDir: ["tmpfs", "shared", "files", "links", "mounts", "count"],
  hostPort: ["count"],
} as const;

export const fixtureStates = {
  pod: ["ready", "notready", "removed", "absent"],
  container: ["running", "created", "exited", "removed", "absent"],
  image: ["pulled", "served", "removed"],
  hostDir: [],
  hostPort: [],
} as const;
