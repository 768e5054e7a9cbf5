/** Compiles what a case is given: the kinds of fixtures, their keys and the values that stand for them in CEL. */
import { didYouMean } from "../cel/did-you-mean.ts";
import type { CelType } from "../cel/types.ts";
import type { FixtureKind, PlanFixture } from "../model/plan.ts";
import type { Path } from "../yaml/document.ts";
import { checkHoles, checkKeys, checkMessage, checkValue } from "./check-values.ts";
import { declare } from "./compile-step.ts";
import type { Compilation } from "./compile-step.ts";
import { settle } from "./settle.ts";
import { isFields } from "./source.ts";
import { fixtureKeys, fixtureStates } from "./vocabulary.ts";

const kinds: readonly FixtureKind[] = ["pod", "container", "image", "hostDir", "hostPort"];
const fixtureTypes: Readonly<Record<FixtureKind, CelType>> = {
  pod: { object: "pod", fields: { id: "string", config: { message: "PodSandboxConfig" }, handler: "string" } },
  container: { object: "container", fields: { id: "string", config: { message: "ContainerConfig" }, pod: "dyn", log_path: "string" } },
  image: { object: "image", fields: { ref: "string", refs: { list: "string" }, digest: "string", digest_ref: "string", id: "string", credentials: { map: { message: "AuthConfig" } }, requests: "dyn" } },
  hostDir: { object: "hostDir", fields: { path: "string" } },
  hostPort: { object: "hostPort", fields: { port: "int" } },
};

/** What the keys of fixtures hold, where that is one type. */
const keyTypes: Readonly<Record<string, CelType>> = {
  handler: "string", run: { list: "string" }, files: { map: "dyn" }, links: { map: "string" }, names: { list: "string" }, platforms: { list: "string" }, revisions: "int", tmpfs: "bool", shared: "bool", mounts: { list: "string" },
  layers: { object: "layers", fields: { count: "int", size: "dyn" } }, state: "string",
};

/** The fixtures of a case, in order; their names come into scope. */
export function compileGiven(c: Compilation, path: Path, value: unknown): PlanFixture[] {
  const fixtures: PlanFixture[] = [];
  for (const [variable, body] of isFields(value) ? Object.entries(value) : []) {
    const place = [...path, variable];
    const kind = kinds.find((known) => variable === known || variable === `${known}s`);
    if (kind === undefined) {
      c.problems.add(c.source.keyAt(place), `no fixture '${variable}'${didYouMean(variable, kinds)}`);
    } else if (variable === kind) {
      fixtures.push(compileFixture(c, place, kind, variable, undefined, body));
      declare(c, place, variable, counted(body, fixtureTypes[kind]));
    } else {
      const fields: Record<string, CelType> = {};
      c.scope.set(variable, { object: variable, fields });
      for (const [key, item] of isFields(body) ? Object.entries(body) : []) {
        fixtures.push(compileFixture(c, [...place, key], kind, variable, key, item));
        fields[key] = counted(item, fixtureTypes[kind]);
      }
    }
  }
  return fixtures;
}

function counted(body: unknown, type: CelType): CelType {
  return isFields(body) && body["count"] !== undefined ? { list: type } : type;
}

function compileFixture(c: Compilation, path: Path, kind: FixtureKind, variable: string, key: string | undefined, body: unknown): PlanFixture {
  const { count, ...keys } = isFields(body) ? body : {};
  if (!isFields(body) && !(kind === "pod" && body === "shared") && body !== null) c.problems.add(c.source.at(path), kind === "pod" ? "a pod is a mapping, or shared" : `a ${kind} is a mapping`);
  if (count !== undefined) checkValue(c, [...path, "count"], count, "int", "count", c.scope);
  checkKeys(c, path, keys, fixtureKeys[kind], `a fixture of kind ${kind}`);
  const states: readonly string[] = fixtureStates[kind];
  const state = settle(c.matrix, keys["state"]);
  if (typeof state === "string" && !state.includes("${") && !states.includes(state)) c.problems.add(c.source.at([...path, "state"]), `no state '${state}' of ${kind}${didYouMean(state, states)}`);
  const message = kind === "pod" ? "PodSandboxConfig" : kind === "container" ? "ContainerConfig" : undefined;
  if (count !== undefined) c.scope.set("index", "int");
  for (const [name, item] of Object.entries(keys)) {
    if (name === "config" && message !== undefined && isFields(item)) checkMessage(c, [...path, name], item, { message }, "", c.scope);
    else if (keyTypes[name] !== undefined) checkValue(c, [...path, name], item, keyTypes[name], name, c.scope);
    else checkHoles(c, [...path, name], item, c.scope);
  }
  c.scope.delete("index");
  return { kind, variable, shared: body === "shared", keys, at: c.source.at(path), ...(key === undefined ? {} : { key }), ...(count === undefined ? {} : { count }) };
}
