import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, CallOptions, CriClient } from "../../cri/client.ts";
import type { Message } from "../../cri/message.ts";
import type { GrpcCode } from "../../model/grpc-code.ts";

/** What the fake runtime does to a call. */
export interface FakeBehaviour {
  readonly delayMs?: (rpc: string) => number;
  /** The status of the n-th call (from 1) of an RPC. */
  readonly code?: (rpc: string, nth: number) => GrpcCode;
}

/** A CriClient in memory for this folder's tests: counts calls and remembers which pods live. */
export class FakeClient implements CriClient {
  readonly api = "v1";
  readonly calls: string[] = [];
  readonly pods = new Set<string>();
  closed = false;
  #next = 0;
  readonly #behaviour: FakeBehaviour;

  constructor(behaviour: FakeBehaviour = {}) {
    this.#behaviour = behaviour;
  }

  async call(rpc: string, request: Message, options?: CallOptions): Promise<Answer> {
    this.calls.push(rpc);
    const startedMs = performance.now();
    await sleep(this.#behaviour.delayMs?.(rpc) ?? 0);
    const nth = this.calls.filter((name) => name === rpc).length;
    const code = this.#behaviour.code?.(rpc, nth) ?? "OK";
    const response = code === "OK" ? this.#answer(rpc, request) : undefined;
    return {
      rpc, request, requestBytes: new Uint8Array(), responses: response === undefined ? [] : [response], responseBytes: [],
      code, details: "", fromRuntime: true, startedMs, elapsedMs: performance.now() - startedMs,
      startedNs: 0n, endedNs: 0n, deadlineMs: options?.deadlineMs ?? 0,
    };
  }

  open(): never {
    throw new Error("not faked");
  }

  rawCall(): never {
    throw new Error("not faked");
  }

  close(): void {
    this.closed = true;
  }

  #answer(rpc: string, request: Message): Message {
    this.#next += 1;
    if (rpc === "Version") return { runtime_name: "fake", runtime_version: "1" };
    if (rpc === "RunPodSandbox") {
      this.pods.add(`pod-${this.#next}`);
      return { pod_sandbox_id: `pod-${this.#next}` };
    }
    if (rpc === "RemovePodSandbox") this.pods.delete(String(request["pod_sandbox_id"]));
    if (rpc === "ListPodSandbox") return { items: [...this.pods].map((id) => ({ id })) };
    return rpc === "CreateContainer" ? { container_id: `container-${this.#next}` } : {};
  }
}

/** One whose channel stays open when it is closed, as to a runtime that is frozen. */
class LingeringClient extends FakeClient {
  override close(): void {
    super.close();
    setInterval(() => undefined, 1000);
  }
}

/** What a ClientModule of the tests names. */
export async function connectFake(endpoint: string): Promise<CriClient> {
  if (endpoint === "unreachable") throw new Error("no such socket");
  if (endpoint === "lingering") return new LingeringClient();
  return new FakeClient({ delayMs: () => Number(endpoint) });
}
