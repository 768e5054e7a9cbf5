/** What all cases of a run share. */
import type { Answer, CriClient } from "../cri/client.ts";
import type { Emit } from "../model/event.ts";
import type { CaseResult, Level } from "../model/verdict.ts";
import type { HostServices } from "../steps/step.ts";
import type { ImageProvider } from "./images.ts";
import type { Ledger, Report, Undo } from "./ledger.ts";
import type { StallMonitor } from "./stall.ts";

/** Sees each answer of a run. */
export interface AnswerObserver {
  see(answer: Answer, seq: number, caseId: string): void;
}

export interface CaseEnvironment {
  readonly client: CriClient;
  /** For cases that say `api: v1alpha2`. */
  readonly olderClient?: CriClient;
  readonly runId: string;
  readonly target: Readonly<Record<string, unknown>>;
  readonly host: Readonly<Record<string, unknown>>;
  readonly hostServices: HostServices;
  readonly handler: string;
  readonly images: ImageProvider;
  /** Documents of fixtures/configs by name. */
  readonly documents: ReadonlyMap<string, unknown>;
  /** RPC to the optional feature that lists it. */
  readonly optionalRpcs: ReadonlyMap<string, string>;
  /** Features that the profile claims: their absence is a failure. */
  readonly claimed: ReadonlySet<string>;
  readonly logRoot: string;
  /** Whether the objects of a case that ended so stay on the runtime. */
  readonly keepsObjects?: (result: CaseResult) => boolean;
  readonly ledger: Ledger;
  readonly stall: StallMonitor;
  readonly emit: Emit;
  /** Monotonic milliseconds since the run began. */
  readonly now: () => number;
  readonly nextSeq: () => number;
  readonly observer?: AnswerObserver;
  readonly level: Level;
  /** PodSandboxes for all cases, one per handler and config. */
  readonly shared: SharedFixtureSource;
  readonly common: CommonFixtureSource;
}

/** What several cases share; see SharedFixtures. */
export interface SharedFixtureSource {
  /** What stands for the fixture in CEL, made unless it is there. */
  get(key: string, make: () => Promise<Readonly<Record<string, unknown>>>): Promise<Readonly<Record<string, unknown>>>;
  readonly undo: Undo;
}

/** What the cells of one matrix share; see CommonFixtures. */
export interface CommonFixtureSource {
  /** For each cell as it begins, before anything can fail. */
  enter(id: string): CommonFixture;
}

export interface CommonFixture extends SharedFixtureSource {
  /** Log files by container, for every cell. */
  readonly logPaths: Map<string, string>;
  /** Forgets what takes objects off the runtime; gives their labels. */
  keepObjects(): string[];
  /** For each cell at its end: the last one undoes. Gives what is left. */
  leave(report: Report): Promise<string[]>;
}
