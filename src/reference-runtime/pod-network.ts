import type { Container, Sandbox } from "./state.ts";

/** Bytes that went through a pod's interface. */
export interface Traffic {
  rx: bigint;
  tx: bigint;
}

/** What one frame carries at most, and what is around it. */
const frame = { payload: 1448n, around: 66n };

/** What an interface has seen when it is up: a question who has its address, and the answer. */
export function firstTraffic(): Traffic {
  return { rx: 90n, tx: 90n };
}

/** The simulated network of the pods: who serves a port of an address is reached, and both ends count what goes over the wire. */
export class PodNetwork {
  readonly #containers: () => Iterable<Container>;

  constructor(containers: () => Iterable<Container>) {
    this.#containers = containers;
  }

  /** Sends a text to a port and gives what comes back; undefined when nobody listens there. */
  exchange(from: Sandbox, host: string, port: number, sent: string): string | undefined {
    const local = host === "127.0.0.1" || host === from.ip;
    const server = [...this.#containers()].find(({ sandbox, process }) => (local ? sandbox === from : sandbox.ip === host && host !== "") && process?.hasEnded === false && process.ports.has(port));
    const service = server?.process?.ports.get(port);
    if (server === undefined || service === undefined) return undefined;
    const received: Buffer[] = [];
    const input = service({ send: (bytes) => { received.push(Buffer.from(bytes)); }, end: () => undefined });
    if (sent !== "") input(Buffer.from(sent));
    input(undefined);
    const answer = Buffer.concat(received);
    if (!local) count(from, server.sandbox, { out: wireBytes(Buffer.byteLength(sent)), back: wireBytes(answer.length) });
    return answer.toString("utf8");
  }
}

function count(client: Sandbox, server: Sandbox, { out, back }: { readonly out: bigint; readonly back: bigint }): void {
  client.traffic.tx += out;
  server.traffic.rx += out;
  server.traffic.tx += back;
  client.traffic.rx += back;
}

/** With frames that open, confirm and close the connection. */
function wireBytes(payload: number): bigint {
  const frames = BigInt(payload) / frame.payload + 4n;
  return BigInt(payload) + frames * frame.around;
}
