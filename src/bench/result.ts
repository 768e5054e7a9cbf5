/**
 * The benchmark result: what `criteria bench` writes and everything else in this folder reads.
 * Its schema is docs/schemas/benchmark.schema.json. All times are nanoseconds on a monotonic clock whose zero is
 * the begin of the run.
 */
import type { GrpcCode } from "../model/grpc-code.ts";

/** One timing, in the order in which the operations ended. A failed operation stays, with its code. */
export interface Sample {
  /** The begin that counts: the intended one under an open load, else the real one. */
  readonly startNs: number;
  readonly durationNs: number;
  readonly code: GrpcCode;
  /** Open load only: how much later than intended the operation began. Included in `durationNs`. */
  readonly lateNs?: number;
  /** Something inside the harness may have lengthened this sample. */
  readonly marks?: readonly SampleMark[];
}

export type SampleMark = "gc" | "event-loop";

/** Figures of the samples whose code is OK; failures are counted, their times kept apart. */
export interface Summary {
  readonly count: number;
  readonly errors: number;
  /** Scheduled iterations, and so operations of this series, that never began because too many were in flight. */
  readonly dropped: number;
  /** Operations that began more than 1 ms after their intended start. */
  readonly late: number;
  readonly codes: Readonly<Record<string, number>>;
  /** Operations that ended OK per second of wall clock. */
  readonly ratePerSecond: number;
  /** Null when no operation ended OK. */
  readonly min: number | null;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  /** Median time of the failed operations. */
  readonly errorP50: number | null;
}

export interface Series {
  /** The operation: an RPC, or a phase such as `first_instruction`. */
  readonly name: string;
  /** The workload, and the load phase where it has several: `pod-lifecycle`, `churn/density=50`. */
  readonly phase: string;
  readonly unit: "ns";
  readonly samples: readonly Sample[];
  /** Of everything, whatever `samples` holds. */
  readonly summary: Summary;
  /** Set where there were very many: `samples` has one of so many, evenly chosen. */
  readonly thinned?: number;
  readonly flags?: readonly string[];
}

export interface Environment {
  /** Equal fingerprints may be compared. */
  readonly fingerprint: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly architecture: string;
  readonly node: string;
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  readonly api: string;
  readonly endpoint: string;
  readonly handler: string;
  /** One-minute load average before and after. */
  readonly load: readonly [before: number, after: number];
}

export interface LoadSetting {
  /** `workload`: each as it says itself; `plan` has what ran. */
  readonly model: "closed" | "open" | "steps" | "burst" | "density" | "soak" | "workload";
  /** All of it in a line; loads with equal lines are equal. */
  readonly plan?: string;
  readonly parallel: number;
  readonly iterations: number;
  readonly warmUp: number;
  readonly ratePerSecond?: number;
  readonly spacing?: "even" | "poisson";
  readonly seed?: number;
  readonly durationMs?: number;
  /** Pods that were there all the time and were not measured. */
  readonly resident?: number;
}

/** What the harness itself costs for a call that takes no time. */
export interface Floor {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly ratePerSecond: number;
  readonly samples: number;
  readonly parallel: number;
}

export interface HarnessCost {
  readonly cpuSeconds: number;
  /** Of the workers that were there at once, at most. */
  readonly rssBytes: number;
  /** Beyond the tick of 5 ms with which it is looked for. */
  readonly eventLoopDelayP99Ns: number;
  readonly eventLoopDelayMaxNs: number;
  readonly gcCount: number;
  readonly gcTotalNs: number;
  /** Of the process that started the workers, over the load; the embedded runtime is in it. */
  readonly parentCpuSeconds?: number;
}

/** What processes hold at one moment. */
export interface UseFigures {
  readonly rssBytes: number;
  /** Each shared page counted by its share; null where the kernel does not tell. */
  readonly pssBytes: number | null;
  readonly threads: number;
  readonly fileDescriptors: number;
}

/** The runtime's daemon and its shims, without what runs in containers. */
export interface RuntimeSnapshot {
  readonly daemon: UseFigures;
  readonly shims: UseFigures & { readonly count: number };
  /** Below the folder of the daemon's socket. */
  readonly mounts: number;
}

/** One look while the load ran; only the harness's memory where the daemon cannot be seen. CPU counts from the begin. */
export interface RuntimeMoment {
  readonly atNs: number;
  readonly phase: string;
  readonly resident: number;
  /** This process and the load workers that are at work. */
  readonly harnessRssBytes: number;
  readonly workers: number;
  readonly daemonCpuSeconds?: number;
  readonly daemonRssBytes?: number;
  readonly daemonThreads?: number;
  readonly daemonFileDescriptors?: number;
  readonly shims?: number;
  readonly shimCpuSeconds?: number;
  readonly shimRssBytes?: number;
}

/** What the runtime used; all but the timeline only where its daemon runs on this host. */
export interface RuntimeCost {
  readonly pid?: number;
  readonly cpuSeconds?: number;
  /** A lower bound: what a shim did between the last look and its end is not known. */
  readonly shimCpuSeconds?: number;
  readonly before?: RuntimeSnapshot;
  /** After everything was removed. */
  readonly after?: RuntimeSnapshot;
  readonly leaks?: readonly string[];
  readonly timeline: readonly RuntimeMoment[];
}

/** The cost of pods that rest, at one density. */
export interface DensityCost {
  readonly resident: number;
  readonly perPod: UseFigures;
}

/** One level of a load in steps. */
export interface StepLevel {
  readonly parallel: number;
  readonly ratePerSecond: number;
}

/** Where more in flight stops to help: the level at which rate squared over the number in flight is largest. */
export interface Knee {
  readonly workload: string;
  readonly levels: readonly StepLevel[];
  readonly parallel: number;
}

export interface BudgetResult {
  readonly workload: string;
  readonly about: string;
  readonly that: string;
  readonly ok: boolean;
  /** Why not: the figures, or what kept it from being judged. */
  readonly message: string;
}

export interface BenchResult {
  readonly schema: 1;
  readonly unit: "ns";
  readonly runId: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly wallNs: number;
  readonly interrupted: boolean;
  /** A fault cut the run: it holds the stages that had ended by then. */
  readonly incomplete?: true;
  readonly environment: Environment;
  readonly load: LoadSetting;
  readonly series: readonly Series[];
  readonly floor: { readonly before: Floor | null; readonly after: Floor | null };
  readonly harness: HarnessCost | null;
  readonly runtime?: RuntimeCost;
  readonly density?: readonly DensityCost[];
  readonly knees?: readonly Knee[];
  /** Whether the budgets of workloads held. */
  readonly budgets?: readonly BudgetResult[];
  /** Remarks for people. */
  readonly notes?: readonly string[];
  /** What could not be removed afterwards. Empty when nothing was left. */
  readonly leftovers: readonly string[];
}
