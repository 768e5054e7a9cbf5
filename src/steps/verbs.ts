/** Every harness verb, by name. The suite schema, its docs and the engine read this list. */
import { changeHost } from "./change-host.ts";
import { dial } from "./dial.ts";
import { exec } from "./exec.ts";
import { faultCni } from "./fault-cni.ts";
import { forward } from "./forward.ts";
import { interact } from "./interact.ts";
import { observeHost } from "./observe-host.ts";
import { rawCall } from "./raw-call.ts";
import { readLogs } from "./read-logs.ts";
import { restartRuntime } from "./restart-runtime.ts";
import type { Verb, VerbSchema } from "./step.ts";
import { watchEvents } from "./watch-events.ts";

const all: readonly Verb[] = [exec, interact, forward, dial, readLogs, observeHost, changeHost, watchEvents, restartRuntime, faultCni, rawCall];

const check: VerbSchema = {
  name: "check",
  about: "Judges saved and live values without a call.",
  input: { "": { type: "dyn", about: "CEL, or a list of it" } },
  result: {},
  rpcs: [],
  needs: [],
  demandsAlone: false,
};

/** What each verb takes, gives and needs. */
export const verbs: Readonly<Record<string, VerbSchema>> = Object.fromEntries([...all.map((verb) => verb.schema), check].map((schema) => [schema.name, schema]));

const runners = new Map(all.map((verb) => [verb.schema.name, verb]));

/** The verb that does the work; undefined for an unknown name. */
export function verbOf(name: string): Verb | undefined {
  return runners.get(name);
}
