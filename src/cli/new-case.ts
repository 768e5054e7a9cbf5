import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { HarnessError } from "../model/errors.ts";
import type { Terminal } from "./terminal.ts";

/** Writes a suite with one case that loads and runs as it stands. Never over a file that is there. */
export function writeNewCase(id: string, file: string | undefined, terminal: Terminal): void {
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+){1,3}$/.test(id)) {
    throw new HarnessError("USAGE", `'${id}' is no id of a case`, { hint: "Write two to four parts of a-z, 0-9 and -, joined by dots." });
  }
  const name = id.split(".")[0] ?? id;
  const path = resolve(terminal.cwd, file ?? `${name}.yaml`);
  if (existsSync(path)) throw new HarnessError("USAGE", `${path} is there already`, { hint: "Name another file with --file." });
  const suite = path.replace(/^.*[\\/]/, "").replace(/\.yaml$/, "");
  writeFileSync(path, `suite: ${suite}
about: What this suite is about, in one sentence.
cases:
  - id: ${id}
    about: What must hold, in one sentence.
    given: { pod: {} }
    steps:
      - PodSandboxStatus: { pod_sandbox_id: "\${pod.id}" }
        expect: { status: { state: SANDBOX_READY } }
        covers: RunPodSandbox-01
`);
  terminal.out(`${path}\n`);
}
