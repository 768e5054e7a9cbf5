/** What commands that speak to a runtime set up and take down: the embedded runtime, the target, the registry. */
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { CriClient } from "../cri/client.ts";
import { cniFaultBinary, probeBinary } from "../oci/probe-binary.ts";
import { type Registry, startRegistry } from "../oci/registry-server.ts";
import { createTestImages, probeRefAt, type TestImages } from "../oci/test-images.ts";
import { chainFaultPlugin, type FaultChain } from "../target/cni-chain.ts";
import { openTarget, type Target, type TargetOptions as OpenOptions } from "../target/open-target.ts";
import { durationMs, type TargetOptions } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** A target and nothing else. */
export interface BareSession {
  /** The short one. */
  readonly runId: string;
  readonly target: Target;
  readonly client: CriClient;
  readonly endpoint: string;
  /** One more channel to the same target; the caller closes it. */
  connect(): Promise<CriClient>;
  close(): Promise<void>;
}

/** A target with the images that cases run. */
export interface Session extends BareSession {
  /** Absent with `--image-registry`: then there is only the probe's image. */
  readonly images?: TestImages;
  readonly probeRef: string;
}

/** Opens the target of the options: the embedded runtime only when it was asked for. */
export async function openBareSession(options: TargetOptions, terminal: Terminal, runId = newRunId()): Promise<BareSession> {
  const undo = new Undo();
  try {
    // Loaded where it is asked for: a seventh of all modules, which no other runtime needs.
    const embedded = options.embedded === true ? await (await import("./embedded.ts")).startEmbedded() : undefined;
    if (embedded !== undefined) {
      undo.push(() => embedded.close());
      terminal.onKill(() => { embedded.abandon(); });
    }
    const chain = await faultChain(options, terminal, runId);
    if (chain !== undefined) {
      undo.push(() => { for (const problem of chain.close()) terminal.err(`left behind: ${problem}\n`); });
      terminal.onKill(() => { chain.abandon(); });
    }
    const target = await openTarget({
      // Neither the environment nor crictl's configuration says anything of the embedded runtime.
      ...(embedded === undefined ? namedEndpoints(options, terminal) : { runtimeEndpoint: embedded.endpoint, imageEndpoint: embedded.endpoint, env: {}, embedded: true }),
      ...timeoutOf(options.timeout), handler: options.runtimeHandler ?? "",
      ...(options.profile === undefined ? {} : { profile: options.profile }),
      ...(options.restartCommand === undefined ? {} : { restartCommand: options.restartCommand.split(/\s+/) }),
      ...(chain === undefined ? {} : { cniControlDir: chain.controlDir }),
    });
    undo.push(() => target.close());
    await chain?.untilRead(target.client, terminal.interrupt);
    return {
      runId, target, client: target.client, endpoint: target.endpoint,
      connect: () => target.connect(),
      close: () => undo.run(),
    };
  } catch (thrown) {
    await undo.run();
    throw thrown;
  }
}

/** The plugin runs where criteria does, so that is where the runtime must be. */
async function faultChain({ cniConfDir, cniBinDir, embedded }: TargetOptions, { cwd }: Terminal, runId: string): Promise<FaultChain | undefined> {
  if (cniConfDir === undefined || embedded === true) return undefined;
  return chainFaultPlugin({ confDir: resolve(cwd, cniConfDir), binDir: resolve(cwd, cniBinDir ?? "/opt/cni/bin") }, await cniFaultBinary(), runId);
}

function namedEndpoints(options: TargetOptions, terminal: Terminal): Pick<OpenOptions, "runtimeEndpoint" | "imageEndpoint" | "config" | "env"> {
  const { runtimeEndpoint, imageEndpoint, config } = options;
  return {
    env: terminal.env, ...(runtimeEndpoint === undefined ? {} : { runtimeEndpoint }), ...(imageEndpoint === undefined ? {} : { imageEndpoint }),
    ...(config === undefined ? {} : { config: resolve(terminal.cwd, config) }),
  };
}

/** Zero is crictl's word for its default. */
function timeoutOf(text: string | undefined): { readonly timeoutMs?: number } {
  const timeoutMs = text === undefined ? 0 : durationMs(text);
  return timeoutMs > 0 ? { timeoutMs } : {};
}

/** The same with the registry of the test images beside it. */
export async function openSession(options: TargetOptions, terminal: Terminal, runId = newRunId()): Promise<Session> {
  const bare = await openBareSession(options, terminal, runId);
  if (options.imageRegistry !== undefined) return { ...bare, probeRef: probeRefAt(options.imageRegistry) };
  let registry: Registry | undefined;
  try {
    // The reference runtime simulates the probe: it needs no binary, and so no Go.
    const probe = bare.target.host.embedded ? null : await probeBinary();
    const started = await startRegistry({ host: "127.0.0.1", port: 0 });
    registry = started;
    const images = createTestImages({ registry: started, probe, runId: bare.runId });
    return { ...bare, images, probeRef: images.probeRef, close: async () => { await bare.close(); await started.close(); } };
  } catch (thrown) {
    await registry?.close();
    await bare.close();
    throw thrown;
  }
}

/** Short: it becomes part of names. */
export function newRunId(): string {
  return randomBytes(4).toString("hex");
}

class Undo {
  readonly #actions: (() => Promise<void> | void)[] = [];

  push(action: () => Promise<void> | void): void {
    this.#actions.push(action);
  }

  async run(): Promise<void> {
    for (let action = this.#actions.pop(); action !== undefined; action = this.#actions.pop()) await action();
  }
}
