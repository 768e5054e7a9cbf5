import type { OutputStream } from "./logs.ts";
import type { Identity } from "./users.ts";

/** What a program is started with. */
export interface ProcessSpec {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly identity: Identity;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly pid: number;
}

/** How a program ends. */
export interface ProcessEnd {
  readonly code: number;
  readonly oom: boolean;
}

/** What a program may do. */
export interface ProcessApi extends ProcessSpec {
  write(stream: OutputStream, bytes: Uint8Array | string): void;
  /** The next piece of stdin; undefined at its end. */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves after that many milliseconds; never, if the process ends first. */
  sleep(ms: number): Promise<void>;
  /** Takes signals over from their default action, which is the end. */
  onSignal(take: (signal: number) => boolean): void;
  onResize(take: (width: number, height: number) => void): void;
  useCpu(ns: number): void;
  /** Serves a TCP port of the pod's simulated loopback. */
  serve(port: number, service: PortService): void;
  /** Takes memory; false when the limit does not allow it: the process is dead then. */
  allocate(bytes: number): boolean;
}

/** How a service answers on one connection. */
export interface PortAnswer {
  send(bytes: Uint8Array | string): void;
  /** Closes the connection. */
  end(): void;
}

/** What serves a port: gets what to answer with, gives what takes the input of one connection; undefined is its end. */
export type PortService = (answer: PortAnswer) => (input: Uint8Array | undefined) => void;

export type Program = (api: ProcessApi) => Promise<number>;

const ignoredByDefault = new Set([17, 18, 23, 28]);

/** A process that exists in this runtime's mind only. */
export class SimulatedProcess {
  readonly spec: ProcessSpec;
  readonly ended: Promise<ProcessEnd>;
  readonly outputs = new Set<(stream: OutputStream, bytes: Uint8Array) => void>();
  #resolve: (end: ProcessEnd) => void = () => undefined;
  #end: ProcessEnd | undefined;
  #take: ((signal: number) => boolean) | undefined;
  #resize: ((width: number, height: number) => void) | undefined;
  /** TCP ports that it serves. */
  readonly ports = new Map<number, PortService>();
  /** Processor time and memory that the program used by intent. */
  cpuNs = 0;
  memory = 0;
  /** Bytes; 0 is no limit. */
  memoryLimit: () => bigint = () => 0n;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #listeners: ((code: number, oom: boolean) => void)[] = [];
  readonly #input: Uint8Array[] = [];
  #inputEnded: boolean;
  #reader: ((bytes: Uint8Array | undefined) => void) | undefined;

  constructor(spec: ProcessSpec) {
    this.spec = spec;
    this.#inputEnded = !spec.stdin;
    this.ended = new Promise((resolve) => { this.#resolve = resolve; });
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Told within the call that ends it, so that whoever asks next sees the new state. */
  onEnd(tell: (code: number, oom: boolean) => void): void {
    this.#listeners.push(tell);
  }

  run(program: Program): void {
    program(this.#api()).then(
      (code) => { this.finish(code); },
      (error: unknown) => {
        this.#write("stderr", `${error instanceof Error ? error.message : String(error)}\n`);
        this.finish(125);
      },
    );
  }

  /** Delivers a signal: KILL always ends it, others unless the program takes them. */
  kill(signal: number): void {
    if (this.#end !== undefined) return;
    if (signal !== 9 && this.#take?.(signal) === true) return;
    if (signal !== 9 && ignoredByDefault.has(signal)) return;
    this.finish(128 + signal);
  }

  finish(code: number, oom = false): void {
    if (this.#end !== undefined) return;
    this.#end = { code: code & 255, oom };
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const tell of this.#listeners) tell(this.#end.code, oom);
    this.#resolve(this.#end);
  }

  /** Feeds stdin. */
  input(bytes: Uint8Array): void {
    if (this.#inputEnded) return;
    if (this.#reader === undefined) this.#input.push(bytes);
    else this.#answerReader(bytes);
  }

  closeInput(): void {
    this.#inputEnded = true;
    this.#answerReader(undefined);
  }

  resize(width: number, height: number): void {
    this.#resize?.(width, height);
    this.kill(28);
  }

  #answerReader(bytes: Uint8Array | undefined): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(bytes);
  }

  #write(stream: OutputStream, bytes: Uint8Array | string): void {
    if (this.#end !== undefined) return;
    const chunk = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    for (const output of this.outputs) output(this.spec.tty ? "stdout" : stream, chunk);
  }

  #api(): ProcessApi {
    return {
      ...this.spec,
      write: (stream, bytes) => { this.#write(stream, bytes); },
      read: () => new Promise((resolve) => {
        const next = this.#input.shift();
        if (next !== undefined) resolve(next);
        else if (this.#inputEnded) resolve(undefined);
        else this.#reader = resolve;
      }),
      sleep: (ms) => new Promise((resolve) => {
        if (this.#end !== undefined) return;
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          resolve();
        }, Math.min(ms, 0x7fffffff));
        this.#timers.add(timer);
      }),
      onSignal: (take) => { this.#take = take; },
      onResize: (take) => { this.#resize = take; },
      serve: (port, service) => { this.ports.set(port, service); },
      useCpu: (ns) => { this.cpuNs += ns; },
      allocate: (bytes) => {
        this.memory += bytes;
        const limit = this.memoryLimit();
        if (limit === 0n || BigInt(this.memory) <= limit) return true;
        this.finish(137, true);
        return false;
      },
    };
  }
}
