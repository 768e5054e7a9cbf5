import { HarnessError } from "../../model/errors.ts";
import type { GrpcCode } from "../../model/grpc-code.ts";
import type { ByteLog } from "./byte-log.ts";
import type { Transport } from "./channel.ts";
import { UpgradeRefusedError } from "./errors.ts";
import type { SessionEnd } from "./exit-status.ts";
import { type ForwardedConnection, type ForwardOptions, type Forward, openForward } from "./port-forward.ts";
import { openSession, type Session, type SessionOptions } from "./session.ts";

/** One line of an interact, forward or dial script; exactly one key. `run` is a callback for the suites' `steps`. */
export type ScriptAction =
  | { readonly send: Uint8Array }
  | { readonly await: Uint8Array }
  | { readonly resize: { readonly width: number; readonly height: number } }
  | { readonly closeSend: true }
  | { readonly awaitEnd: true }
  | { readonly close: true }
  | { readonly run: () => Promise<void> };

/** How far a stream came. `rpc` is the caller's: no URL was had. */
export type Phase = "rpc" | "connect" | "stream" | "ended";

/** What an interact script gave. */
export interface InteractResult {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly exit_code?: bigint;
  readonly phase: Phase;
  readonly protocol: string;
  readonly transport: Transport;
  /** WebSocket only: the first message, its channel byte included. */
  readonly opening?: Uint8Array;
  readonly error?: string;
  /** The error channel's text. */
  readonly status?: string;
  /** Of a refused upgrade. */
  readonly http_status?: number;
  readonly http_body?: string;
  /** OK, UNKNOWN for a stream refused or broken, DEADLINE_EXCEEDED for a script not through in time. */
  readonly code: GrpcCode;
}

/** As SessionOptions; without `transport`: SPDY, and WebSocket where SPDY is refused. */
export type InteractOptions = Omit<SessionOptions, "transport"> & { readonly transport?: Transport };

/** The part of a stream that a script drives. */
interface Player {
  readonly output: ByteLog;
  readonly ended: Promise<unknown>;
  write(bytes: Uint8Array): Promise<boolean>;
  closeSend(): Promise<void>;
  resize(width: number, height: number): Promise<unknown>;
  close(): unknown;
}

type Played = { readonly through: true; readonly closed: boolean } | { readonly through: false; readonly late: boolean; readonly why: string };

/**
 * Plays the actions in turn. Steps are awaited whatever becomes of the stream: each of their calls has a deadline, and the case one
 * for all; left alone they would go on beside the undoing, and nobody would hear what became of them. Sending to a stream that
 * is over is no failure: how it ended says more.
 */
async function play(player: Player, script: readonly ScriptAction[], deadlineAt: number): Promise<Played> {
  for (const [n, action] of script.entries()) {
    const left = Math.max(0, deadlineAt - performance.now());
    if ("await" in action) {
      const outcome = await player.output.waitFor(action.await, left);
      const wanted = JSON.stringify(Buffer.from(action.await.subarray(0, 64)).toString("utf8"));
      if (outcome !== "found") return { through: false, late: outcome === "timeout", why: `action ${n + 1}: ${wanted} did not come before ${outcome === "ended" ? "the end" : "the deadline"}` };
    } else if ("close" in action) {
      await player.close();
      return { through: true, closed: true };
    } else if ("run" in action) {
      await action.run();
    } else if (!(await within(left, perform(player, action)))) {
      return { through: false, late: true, why: `action ${n + 1}: ${Object.keys(action)[0] ?? ""} was not through at the deadline` };
    }
  }
  return { through: true, closed: false };
}

async function perform(player: Player, action: Exclude<ScriptAction, { await: unknown } | { close: true } | { run: unknown }>): Promise<unknown> {
  if ("send" in action) return player.write(action.send);
  if ("resize" in action) return player.resize(action.resize.width, action.resize.height);
  if ("closeSend" in action) return player.closeSend();
  return player.ended;
}

function within(timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), timeoutMs);
    work.then(() => resolve(true), reject).finally(() => clearTimeout(timer));
  });
}

/** Whether `promise` has settled by now, and with what. */
function settled<T>(promise: Promise<T>): Promise<{ readonly value: T } | undefined> {
  return Promise.race([promise.then((value) => ({ value })), new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))]);
}

/** Opens with the transport asked for; without one, SPDY and then WebSocket. */
async function openWith<T>(transport: Transport | undefined, open: (transport: Transport) => Promise<T>): Promise<T> {
  if (transport) return open(transport);
  try {
    return await open("spdy");
  } catch (refused) {
    if (!(refused instanceof UpgradeRefusedError) || refused.status === undefined) throw refused;
    // Some URLs take WebSocket only (STRM-15). If this fails too, the first refusal is the answer.
    return await open("websocket").catch(() => Promise.reject(refused));
  }
}

interface RefusalFields {
  readonly code: GrpcCode;
  readonly error: string;
  readonly http_status?: number;
  readonly http_body?: string;
}

function refusalFields(refused: UpgradeRefusedError, deadlineAt: number): RefusalFields {
  const code = refused.late ? "DEADLINE_EXCEEDED" : lateOr(deadlineAt, "UNKNOWN");
  return { code, error: refused.message, ...(refused.status !== undefined && { http_status: refused.status, http_body: refused.body }) };
}

/** Opens an Exec or Attach URL and plays a script on it. What the server does is data; only wrong scripts throw. */
export async function runInteract(options: InteractOptions, script: readonly ScriptAction[]): Promise<InteractResult> {
  const deadlineAt = performance.now() + options.deadlineMs;
  let session: Session;
  try {
    session = await openWith(options.transport, (transport) => openSession({ ...options, transport }));
  } catch (error) {
    if (!(error instanceof UpgradeRefusedError)) throw error;
    return { stdout: new Uint8Array(), stderr: new Uint8Array(), phase: "connect", protocol: "", transport: options.transport ?? "spdy", ...refusalFields(error, deadlineAt) };
  }
  try {
    const player = {
      output: session.stdout,
      ended: session.ended,
      write: session.write,
      closeSend: session.closeStdin,
      resize: session.resize,
      close: session.close,
    };
    const played = await play(player, script, deadlineAt);
    const end = await settled(session.ended);
    return interactResult(session, played, end?.value, deadlineAt);
  } finally {
    session.close();
  }
}

function interactResult(session: Session, played: Played, end: SessionEnd | undefined, deadlineAt: number): InteractResult {
  const given = played.through && played.closed && end?.exitCode === undefined ? undefined : end; // we hung up ourselves: no error of the peer's
  const error = (played.through ? undefined : played.why) ?? given?.error;
  return {
    stdout: session.stdout.bytes,
    stderr: session.stderr.bytes,
    phase: given && !given.cut ? "ended" : "stream",
    protocol: session.protocol,
    transport: session.transport,
    ...(session.transport === "websocket" && { opening: session.opening ?? new Uint8Array() }),
    code: given?.cut === "deadline" ? "DEADLINE_EXCEEDED" : codeOf(played, given?.error, deadlineAt),
    ...(given?.exitCode !== undefined && { exit_code: given.exitCode }),
    ...(given?.status !== undefined && { status: given.status }),
    ...(error !== undefined && { error }),
  };
}

function codeOf(played: Played, error: string | undefined, deadlineAt: number): GrpcCode {
  if (!played.through) return played.late ? "DEADLINE_EXCEEDED" : lateOr(deadlineAt, "UNKNOWN");
  return error === undefined ? "OK" : lateOr(deadlineAt, "UNKNOWN");
}

function lateOr(deadlineAt: number, otherwise: GrpcCode): GrpcCode {
  return performance.now() >= deadlineAt ? "DEADLINE_EXCEEDED" : otherwise;
}

/** One connection of a forward script. */
export interface ForwardScript {
  readonly port: number;
  readonly script: readonly ScriptAction[];
}

/** What one connection gave. */
export interface ForwardedResult {
  readonly port: number;
  readonly received: Uint8Array;
  /** The peer ended the connection. */
  readonly ended: boolean;
  readonly error?: string;
}

/** What a forward script gave. */
export interface ForwardResult {
  readonly connections: readonly ForwardedResult[];
  readonly phase: Phase;
  readonly protocol: string;
  readonly transport: Transport;
  readonly error?: string;
  readonly http_status?: number;
  readonly http_body?: string;
  readonly code: GrpcCode;
}

/** As ForwardOptions; without `transport`: SPDY, and WebSocket where SPDY is refused. */
export type ForwardRunOptions = Omit<ForwardOptions, "transport"> & { readonly transport?: Transport };

/** Opens a PortForward URL and plays one script a connection, in turn or all at once. */
export async function runForward(options: ForwardRunOptions, connections: readonly ForwardScript[], together = false): Promise<ForwardResult> {
  const deadlineAt = performance.now() + options.deadlineMs;
  let forward: Forward;
  try {
    forward = await openWith(options.transport, (transport) => openForward({ ...options, transport }));
  } catch (error) {
    if (!(error instanceof UpgradeRefusedError)) throw error;
    return { connections: [], phase: "connect", protocol: "", transport: options.transport ?? "spdy", ...refusalFields(error, deadlineAt) };
  }
  try {
    const runs: (readonly [Played, ForwardedResult])[] = [];
    if (together) runs.push(...(await all(connections.map((one) => playConnection(forward, one, deadlineAt)))));
    else for (const one of connections) runs.push(await playConnection(forward, one, deadlineAt));
    const over = await settled(forward.closed);
    const codes = runs.map(([played, result]) => codeOf(played, result.error, deadlineAt));
    const code = codes.find((one) => one !== "OK") ?? "OK";
    return { connections: runs.map(([, result]) => result), phase: over ? "ended" : "stream", protocol: forward.protocol, transport: forward.transport, code };
  } finally {
    forward.close();
  }
}

/** As Promise.all, which does not wait for the others when one fails; of several failures the first in the list is told. */
async function all<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function playConnection(forward: Forward, { port, script }: ForwardScript, deadlineAt: number): Promise<readonly [Played, ForwardedResult]> {
  const connection = await forward.connect(port);
  const played = await play(playerOf(connection), script, deadlineAt);
  const end = played.through && played.closed ? undefined : (await settled(connection.ended))?.value;
  const error = end?.error ?? (played.through ? undefined : played.why);
  if (!end) await connection.close();
  return [played, { port, received: connection.received.bytes, ended: end !== undefined, ...(error !== undefined && { error }) }];
}

function playerOf(connection: ForwardedConnection): Player {
  return {
    output: connection.received,
    ended: connection.ended,
    write: connection.write,
    closeSend: connection.closeWrite,
    resize: () => Promise.reject(new HarnessError("SUITE_INVALID", "A forwarded port has no size.", { hint: "Take resize out of the script." })),
    close: connection.close,
  };
}
