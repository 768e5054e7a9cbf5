/** What a harness verb gets, gives and declares about itself. */
import type { Answer, CriClient, OpenStream } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import type { GrpcCode } from "../model/grpc-code.ts";
import type { Rendezvous } from "./rendezvous.ts";
import type { Restarts } from "./restarts.ts";

export type Bindings = Readonly<Record<string, unknown>>;

/** A call as the engine made it: recorded, redacted and shown to the invariants. */
export type RecordedClient = CriClient;

/** What the harness may touch beside the wire. Absent: this run cannot. */
export interface HostServices {
  /** True when the harness sees the processes and files of the runtime under test. */
  readonly sharesHost: boolean;
  /** Path of the runtime's socket, to find the daemon behind it. */
  readonly runtimeSocket?: string;
  /** Command and arguments that restart the runtime; `{how}` stands for terminate or kill. */
  readonly restartCommand?: readonly string[];
  /** The folder that the chained CNI plugin of the harness reads. */
  readonly cniControlDir?: string;
  /** Where cases that are alone together wait for each other. */
  readonly rendezvous?: Rendezvous;
  /** Takes note of restarts, so that none is taken for a runtime that was lost. */
  readonly restarts?: Restarts;
}

/** One verb in one case. Calls made through `client` are recorded under the case. */
export interface StepContext {
  readonly client: RecordedClient;
  readonly handler: string;
  readonly signal: AbortSignal;
  /** The step's own deadline, milliseconds; absent: the verb's usual one. */
  readonly deadlineMs?: number;
  readonly bindings: Bindings;
  readonly host: HostServices;
  readonly podId?: string;
  readonly containerId?: string;
  /** Host path of the log of a container made by a fixture. */
  logPathOf(containerId: string): string | undefined;
  /** Registers what takes back a change; runs after the case, newest first. Urgent: before all that is not, so that it cannot stand in its way. */
  undo(label: string, action: () => Promise<void>, order?: "urgent"): void;
  /** Runs steps that stand inside the verb or its script: which list of them, counted from 0. */
  runSteps(list: number): Promise<void>;
  /** Records what was observed without a call. */
  observe(verb: string, input: unknown, result: unknown, elapsedMs: number): void;
}

/** A stream that goes on after its step. */
export type LiveStream = Pick<OpenStream, "garbage">;

/** What a step is judged by. */
export interface StepOutcome {
  /** The RPC or verb judged, for messages. */
  readonly verb: string;
  readonly code: GrpcCode;
  readonly details: string;
  readonly fromRuntime: boolean;
  readonly garbage?: string;
  /** The runtime broke off; see Answer. */
  readonly wireFault?: string;
  readonly response?: Message;
  readonly responses?: readonly Message[];
  readonly result?: unknown;
  /** Watched until the case ends. */
  readonly stream?: LiveStream;
  readonly answers: readonly Answer[];
  readonly startedMs: number;
  readonly elapsedMs: number;
  readonly startedNs: bigint;
  readonly endedNs: bigint;
  readonly deadlineMs?: number;
}

/** Types as CEL writes them: `string`, `int`, `bool`, `bytes`, `list<string>`, `map<string, dyn>`, `dyn`; or `steps`, a list of steps, of which the verb gets the number for `runSteps`. */
export interface FieldSchema {
  readonly type: string;
  readonly about: string;
  readonly required?: boolean;
  /** The only strings allowed. */
  readonly values?: readonly string[];
  /** A duration such as `2s`; milliseconds for the verb. */
  readonly duration?: boolean;
  /** The request message that stands here. */
  readonly message?: string;
  /** Keys of a map or of a list's items. */
  readonly keys?: Readonly<Record<string, FieldSchema>>;
}

export interface VerbSchema {
  readonly name: string;
  readonly about: string;
  readonly input: Readonly<Record<string, FieldSchema>>;
  /** Exactly one of these input keys must be there. */
  readonly oneOf?: readonly string[];
  readonly result: Readonly<Record<string, FieldSchema>>;
  /** RPCs that the verb calls. */
  readonly rpcs: readonly string[];
  /** Registered features that it needs, always or because of an input key. */
  readonly needs: readonly string[];
  /** True, or the input keys that make the case `alone`. */
  readonly demandsAlone: boolean | readonly string[];
}

export interface Verb {
  readonly schema: VerbSchema;
  run(input: Message, context: StepContext): Promise<StepOutcome>;
}
