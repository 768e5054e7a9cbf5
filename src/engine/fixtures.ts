/** Makes what a case is given, and says what stands for it in CEL. */
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { merge, renderTemplate } from "../cel/api.ts";
import type { CriClient } from "../cri/client.ts";
import { asRecord, type Message } from "../cri/message.ts";
import type { PlanFixture } from "../model/plan.ts";
import { placeOf } from "../model/plan.ts";
import { mountTmpfs } from "../steps/change-host.ts";
import { clearCgroup, forgetCgroup, isOwnCgroup } from "../steps/host-cgroup-dir.ts";
import { pause } from "../steps/wait.ts";
import { CaseEnd } from "./end.ts";
import type { CaseEnvironment } from "./environment.ts";
import { freePort } from "./free-port.ts";
import type { Undo } from "./ledger.ts";
import { labels, removeRefused } from "./removal.ts";
import type { Scope } from "./scope.ts";
import { settleAll } from "./settle-all.ts";

export interface FixtureContext {
  /** What its objects are labelled with. */
  readonly caseId: string;
  readonly environment: CaseEnvironment;
  readonly client: CriClient;
  /** A client whose objects outlive the case. */
  readonly sharedClient: CriClient;
  readonly signal: AbortSignal;
  readonly namespace: string;
  readonly logDirectory: string;
  readonly absentId: () => string;
  readonly undo: Undo;
  readonly logPaths: Map<string, string>;
}

const batch = 10;
const exitMs = 60_000;

type Value = Record<string, unknown>;

/** `linux` of a config unless told otherwise: what the kubelet asks for where a pod does not share its processes, and not the zero of the mode. */
const ownProcesses: Message = { security_context: { namespace_options: { pid: "CONTAINER" } } };

/** As the kubelet makes it before the call. At once: a promise takes longer than the work. */
function makeLogDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o755 });
}

/** As the kubelet fills it (CFG-03): a runtime that holds signatures against names refuses an image without the second. v1alpha2 has no such field. */
function imageSpec(ref: string, api: CriClient["api"]): Message {
  return { image: ref, ...(api === "v1" ? { user_specified_image: ref } : {}) };
}

/** Calls, and ends the case as `broken` unless OK; a hang, garbage or a broken connection is the runtime's failure. */
async function need(client: CriClient, rpc: string, request: Message, what: string, environment: CaseEnvironment): Promise<Message> {
  const answer = await client.call(rpc, request);
  if (answer.code === "OK" && answer.garbage === undefined) {
    return answer.responses[0] ?? {};
  }
  const said = `${what}: ${rpc} answered ${answer.code}: ${answer.garbage ?? answer.details}`;
  if (answer.garbage !== undefined || answer.wireFault !== undefined || (answer.code === "DEADLINE_EXCEEDED" && !answer.fromRuntime)) {
    throw new CaseEnd(said, "failed", true);
  }
  const feature = answer.code === "UNIMPLEMENTED" ? environment.optionalRpcs.get(rpc) : undefined;
  throw new CaseEnd(said, feature === undefined ? "broken" : environment.claimed.has(feature) ? "failed" : "unsupported", true);
}

export class Fixtures {
  readonly #context: FixtureContext;

  constructor(context: FixtureContext) {
    this.#context = context;
  }

  /** Makes all in the order written. */
  async make(given: readonly PlanFixture[], scope: Scope): Promise<void> {
    for (const fixture of given) {
      const value = await this.#makeCounted(fixture, scope);
      if (fixture.key === undefined) {
        scope.set(fixture.variable, value);
      } else {
        scope.set(fixture.variable, { ...asRecord(scope.bindings()[fixture.variable]), [fixture.key]: value });
      }
    }
  }

  async #makeCounted(fixture: PlanFixture, scope: Scope): Promise<unknown> {
    const bindings = scope.bindings();
    if (fixture.count === undefined) {
      return this.#makeOne(fixture, bindings, "");
    }
    const total = Number(renderTemplate(fixture.count, bindings));
    const made: Value[] = [];
    while (made.length < total) {
      this.#context.signal.throwIfAborted();
      const size = Math.min(batch, total - made.length);
      const from = made.length;
      made.push(...(await settleAll(Array.from({ length: size }, (_none, at) => this.#makeOne(fixture, { ...bindings, index: BigInt(from + at) }, `-${from + at}`)))));
    }
    return made;
  }

  async #makeOne(fixture: PlanFixture, bindings: Value, suffix: string): Promise<Value> {
    const keys = asRecord(renderTemplate(fixture.keys, bindings)) ?? {};
    const name = `${(fixture.key ?? fixture.variable).toLowerCase()}${suffix}`;
    const what = `fixture ${name} (${placeOf(fixture.at)})`;
    switch (fixture.kind) {
      case "pod":
        return fixture.shared ? this.#sharedPod(keys, what) : this.#pod(keys, name, what, this.#context.client);
      case "container":
        return this.#container(keys, name, what, bindings);
      case "image":
        return this.#image(keys, name, what);
      case "hostDir":
        return this.#hostDir(keys);
      case "hostPort":
        return { port: BigInt(await freePort(String(this.#context.environment.host["address"] ?? "") || "127.0.0.1")) };
    }
  }

  #labels(fixture: string): Record<string, string> {
    const { environment, caseId } = this.#context;
    // A shared pod belongs to no case: what one case sweeps up must not take it away.
    return { [labels.run]: environment.runId, [labels.case]: fixture === "shared" ? "shared" : caseId, [labels.fixture]: fixture };
  }

  #overlaid(base: Message, keys: Value): Message {
    const names = keys["from"] === undefined ? [] : [keys["from"]].flat();
    const documents = names.map((name) => {
      const document = this.#context.environment.documents.get(String(name));
      if (document === undefined) {
        throw new CaseEnd(`no document '${String(name)}' in fixtures/configs`, "broken");
      }
      return document;
    });
    return [...documents, keys["config"] ?? {}].reduce<Message>((config, over) => asRecord(merge(config, over)) ?? {}, base);
  }

  async #sharedPod(keys: Value, what: string): Promise<Value> {
    const { environment, sharedClient } = this.#context;
    const handler = String(keys["handler"] ?? environment.handler);
    const key = JSON.stringify([handler, sharedClient.api, keys["from"], keys["config"]], (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
    return { ...(await environment.shared.get(key, () => this.#pod(keys, "shared", what, sharedClient))) };
  }

  async #pod(keys: Value, name: string, what: string, client: CriClient): Promise<Value> {
    const uid = randomUUID();
    const { environment } = this.#context;
    const directory = join(client === this.#context.sharedClient ? environment.logRoot : this.#context.logDirectory, `${name}-${uid.slice(0, 8)}`);
    const base = {
      metadata: { name, uid, namespace: this.#context.namespace, attempt: 0n },
      hostname: name,
      log_directory: directory,
      labels: this.#labels(name),
      linux: ownProcesses,
    };
    const config = this.#overlaid(base, keys);
    makeLogDirectory(String(config["log_directory"] ?? directory));
    const handler = String(keys["handler"] ?? environment.handler);
    const state = keys["state"] ?? "ready";
    const parent = asRecord(config["linux"])?.["cgroup_parent"];
    if (typeof parent === "string" && isOwnCgroup(parent) && environment.hostServices.sharesHost && environment.host["embedded"] !== true) {
      // Before the PodSandbox, so that it is undone after it.
      this.#context.undo(`cgroup ${parent}`, async () => forgetCgroup(parent).catch((error: unknown) => {
        // What lives in it may end later, as with a restart of the runtime; what has not is ended when the run is over.
        // That is where a shared PodSandbox is undone already: it would put this off for ever.
        if (client !== this.#context.sharedClient) environment.shared.undo(`cgroup ${parent}`, async () => clearCgroup(parent));
        throw error;
      }));
    }
    if (state === "absent") {
      return { id: this.#context.absentId(), config, handler };
    }
    const response = await need(client, "RunPodSandbox", { config, runtime_handler: handler }, what, environment);
    const id = String(response["pod_sandbox_id"]);
    if (state === "notready" || state === "removed") {
      await need(client, "StopPodSandbox", { pod_sandbox_id: id }, what, environment);
    }
    if (state === "removed") {
      await need(client, "RemovePodSandbox", { pod_sandbox_id: id }, what, environment);
    }
    return { id, config, handler };
  }

  async #container(keys: Value, name: string, what: string, bindings: Value): Promise<Value> {
    const { client, environment } = this.#context;
    const pod = asRecord(keys["pod"] ?? bindings["pod"]);
    if (pod === undefined) {
      throw new CaseEnd(`${what}: no pod to put it in`, "broken");
    }
    const podConfig = asRecord(pod["config"]) ?? {};
    const state = keys["state"] ?? "running";
    const given = asRecord(keys["image"]);
    const ref = given?.["ref"] ?? keys["image"] ?? (await environment.images.probeImageRef(client));
    const run = keys["run"] ?? (state === "exited" ? ["exit", "0"] : ["pause"]);
    const own = `${name}-${randomUUID().slice(0, 8)}`;
    const base = {
      metadata: { name: own, attempt: 0n },
      image: imageSpec(String(ref), client.api),
      command: ["/probe", ...(Array.isArray(run) ? run.map(String) : [])],
      labels: this.#labels(name),
      log_path: `${own}/0.log`,
      linux: ownProcesses,
    };
    const config = this.#overlaid(base, keys);
    const logPath = join(String(podConfig["log_directory"] ?? this.#context.logDirectory), String(config["log_path"] ?? ""));
    makeLogDirectory(dirname(logPath));
    const value = { config, pod, log_path: logPath };
    if (state === "absent") {
      return { id: this.#context.absentId(), ...value };
    }
    const response = await need(client, "CreateContainer", { pod_sandbox_id: pod["id"], config, sandbox_config: podConfig }, what, environment);
    const id = String(response["container_id"]);
    this.#context.logPaths.set(id, logPath);
    if (state === "running" || state === "exited") {
      await need(client, "StartContainer", { container_id: id }, what, environment);
    }
    if (state === "exited") {
      await this.#awaitExit(id, what);
    }
    if (state === "removed") {
      await need(client, "RemoveContainer", { container_id: id }, what, environment);
    }
    return { id, ...value };
  }

  async #awaitExit(id: string, what: string): Promise<void> {
    const until = Date.now() + exitMs;
    for (;;) {
      const response = await need(this.#context.client, "ContainerStatus", { container_id: id }, what, this.#context.environment);
      if (asRecord(response["status"])?.["state"] === "CONTAINER_EXITED") {
        return;
      }
      if (Date.now() > until) {
        throw new CaseEnd(`${what}: the container did not exit`, "broken", true);
      }
      await pause(50, this.#context.signal);
    }
  }

  async #image(keys: Value, name: string, what: string): Promise<Value> {
    const { client, environment, caseId, undo } = this.#context;
    const served = await environment.images.makeImage({ caseId, name, keys });
    undo(`registry content ${served.ref}`, async () => served.release());
    const { makeUsable } = served;
    if (makeUsable !== undefined) {
      undo(`the name ${served.ref}`, async () => {
        makeUsable();
        await removeRefused(environment.client, served.ref);
      });
    }
    const value: Value = { ref: served.ref, refs: served.refs, digest: served.digest, digest_ref: served.digestRef, credentials: served.credentials };
    // What the registry saw is looked at when it is asked for.
    const live = (made: Value): Value => Object.defineProperty(made, "requests", { get: () => served.requests, enumerable: true });
    const state = keys["state"] ?? "pulled";
    if (state === "served") {
      return live(value);
    }
    let id: unknown;
    for (const ref of served.refs.length > 0 ? served.refs : [served.ref]) {
      const request = { image: { image: ref }, ...(served.auth === undefined ? {} : { auth: served.auth }) };
      id = (await need(client, "PullImage", request, what, environment))["image_ref"];
    }
    if (state === "removed") {
      await need(client, "RemoveImage", { image: { image: served.ref } }, what, environment);
    }
    return live({ ...value, id });
  }

  async #hostDir(keys: Value): Promise<Value> {
    const { undo, logDirectory } = this.#context;
    makeLogDirectory(logDirectory);
    const path = await mkdtemp(join(logDirectory, "dir-"));
    undo(`directory ${path}`, async () => rm(path, { recursive: true, force: true }));
    if (keys["tmpfs"] === true || keys["shared"] === true) {
      // Said either way: what a new mount is by itself depends on the host.
      undo(`tmpfs ${path}`, await mountTmpfs(path, keys["shared"] === true ? "shared" : "private"));
    }
    for (const mount of Array.isArray(keys["mounts"]) ? keys["mounts"] : []) {
      const inner = join(path, String(mount));
      undo(`tmpfs ${inner}`, await mountTmpfs(inner));
    }
    for (const [file, content] of Object.entries(asRecord(keys["files"]) ?? {})) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), content instanceof Uint8Array ? content : String(content));
    }
    for (const [link, target] of Object.entries(asRecord(keys["links"]) ?? {})) {
      await symlink(String(target), join(path, link));
    }
    return { path };
  }
}
