/** A client that records every call of one case, and remembers what the answers brought into being. */
import { performance } from "node:perf_hooks";
import type { Answer, CallOptions, CriClient, OpenStream } from "../cri/client.ts";
import { asRecord, type Message } from "../cri/message.ts";
import { redactRequestBytes } from "../cri/redact.ts";
import { type Evidence, longestPlain } from "../model/event.ts";
import type { CaseEnvironment } from "./environment.ts";
import type { Undo } from "./ledger.ts";
import { labels, removeContainer, removeImage, removeLabelled, removePod } from "./removal.ts";

export interface RecorderOptions {
  readonly caseId: string;
  readonly environment: CaseEnvironment;
  readonly client: CriClient;
  readonly undo: Undo;
  /** Ends the wait of calls in flight. */
  readonly signal: AbortSignal;
}

/** The log packs a flood as it is, in a third of the time that its base64 would take. */
function evidenceOf(bytes: Uint8Array): Evidence {
  return bytes.length > longestPlain ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

const creating = new Set(["RunPodSandbox", "CreateContainer", "PullImage", "RestorePod"]);

export class Recorder implements CriClient {
  readonly #options: RecorderOptions;
  readonly #seqs = new WeakMap<Answer, number>();

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  get api(): CriClient["api"] {
    return this.#options.client.api;
  }

  /** The number of a call in the event log. */
  seqOf(answer: Answer): number | undefined {
    return this.#seqs.get(answer);
  }

  async call(rpc: string, request: Message, options: CallOptions = {}): Promise<Answer> {
    this.#intend(rpc, request);
    const answer = await this.#options.client.call(rpc, request, { signal: this.#options.signal, ...options });
    this.#record(answer);
    this.#remember(answer);
    return answer;
  }

  open(rpc: string, request: Message, options: CallOptions = {}): OpenStream {
    const stream = this.#options.client.open(rpc, request, { signal: this.#options.signal, ...options });
    void stream.ended.then((answer) => this.#record(answer));
    return stream;
  }

  async rawCall(method: string, message: Uint8Array, options: CallOptions = {}): Promise<Answer & { readonly raw?: Uint8Array }> {
    const answer = await this.#options.client.rawCall(method, message, { signal: this.#options.signal, ...options });
    this.#record(answer);
    return answer;
  }

  close(): void {
    // The run owns the connection.
  }

  #intend(rpc: string, request: Message): void {
    if (creating.has(rpc)) {
      const config = asRecord(request["config"]);
      const what = asRecord(config?.["metadata"])?.["name"] ?? asRecord(request["image"])?.["image"] ?? "";
      this.#options.environment.ledger.write({ op: "intent", case: this.#options.caseId, label: `${rpc} ${String(what)}` });
    }
  }

  #record(answer: Answer): void {
    const { environment, caseId } = this.#options;
    const seq = environment.nextSeq();
    this.#seqs.set(answer, seq);
    const isRaw = answer.rpc.startsWith("/");
    environment.emit({
      type: "call",
      at: environment.now(),
      seq,
      case: caseId,
      rpc: answer.rpc,
      requestBytes: evidenceOf(isRaw ? answer.requestBytes : redactRequestBytes(answer, this.api)),
      responseBytes: answer.responseBytes.map(evidenceOf),
      code: answer.code,
      details: answer.details,
      fromRuntime: answer.fromRuntime,
      startedMs: answer.startedMs - performance.now() + environment.now(),
      elapsedMs: answer.elapsedMs,
      wallMs: Number(answer.startedNs / 1_000_000n),
      deadlineMs: answer.deadlineMs,
    });
    environment.observer?.see(answer, seq, caseId);
  }

  #remember(answer: Answer): void {
    if (!creating.has(answer.rpc)) {
      return;
    }
    const { client, caseId, environment } = this.#options;
    if (answer.code !== "OK") {
      // The answer was lost: the object may be there all the same.
      if (!answer.fromRuntime && answer.rpc === "PullImage") {
        this.#pushImage(answer);
      } else if (!answer.fromRuntime) {
        this.#options.undo(`what ${answer.rpc} may have made`, async () => {
          const left = await removeLabelled(client, { [labels.run]: environment.runId, [labels.case]: caseId });
          if (left.length > 0) {
            throw new Error(left.join("; "));
          }
        });
      }
      return;
    }
    this.#push(answer);
  }

  #push(answer: Answer): void {
    const { client } = this.#options;
    const response = answer.responses[0] ?? {};
    const pod = response["pod_sandbox_id"];
    const container = response["container_id"];
    if ((answer.rpc === "RunPodSandbox" || answer.rpc === "RestorePod") && typeof pod === "string" && pod !== "") {
      this.#created(`pod ${pod}`, pod, async () => removePod(client, pod));
    } else if (answer.rpc === "CreateContainer" && typeof container === "string" && container !== "") {
      this.#created(`container ${container}`, container, async () => removeContainer(client, container));
    } else if (answer.rpc === "PullImage") {
      this.#pushImage(answer);
    }
  }

  #pushImage(answer: Answer): void {
    const { client, environment } = this.#options;
    const ref = asRecord(answer.request["image"])?.["image"];
    if (typeof ref === "string" && ref !== "" && !environment.images.isShared(ref)) {
      this.#created(`image ${ref}`, ref, async () => removeImage(client, ref));
    }
  }

  #created(label: string, id: string, remove: () => Promise<void>): void {
    this.#options.environment.ledger.write({ op: "created", case: this.#options.caseId, label, id });
    this.#options.undo(label, remove);
  }
}
