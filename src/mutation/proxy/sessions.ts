/** Connections to the runtime. */
import { type ClientHttp2Session, connect, type ServerHttp2Session } from "node:http2";
import net from "node:net";

const megabyte = 1024 * 1024;
/** Large messages pass too. */
export const sessionLimits = { maxSessionMemory: 1024, settings: { initialWindowSize: 4 * megabyte, maxFrameSize: 64 * 1024 } };

/** Opens a socket to the runtime. */
export type Dial = () => net.Socket;

/** Dials a unix path or host:port. */
export function dialer(address: { readonly path: string } | { readonly host: string; readonly port: number }): Dial {
  return () => ("path" in address ? net.connect(address.path) : net.connect(address.port, address.host));
}

/** One HTTP/2 connection. */
export function openSession(dial: Dial): ClientHttp2Session {
  const session = connect("http://localhost", { createConnection: dial, ...sessionLimits });
  // Streams tell what went wrong; a session has nobody to tell.
  session.on("error", () => undefined);
  return session;
}

/** A connection to the runtime for each of the client's: when one ends, the other does. */
export function pairUp(down: ServerHttp2Session, dial: Dial): ClientHttp2Session {
  const up = openSession(dial);
  down.on("error", () => undefined);
  down.on("close", () => { up.destroy(); });
  up.on("goaway", (code: number) => { if (!down.destroyed) down.goaway(code); });
  up.on("close", () => { if (!down.destroyed) down.destroy(); });
  return up;
}

/** A connection of the proxy's own, for calls that outlive the client's; opened anew when it was lost. */
export class OwnSession {
  readonly #dial: Dial;
  #session: ClientHttp2Session | undefined;

  constructor(dial: Dial) {
    this.#dial = dial;
  }

  get(): ClientHttp2Session {
    if (this.#session === undefined || this.#session.destroyed || this.#session.closed) this.#session = openSession(this.#dial);
    return this.#session;
  }

  close(): void {
    this.#session?.destroy();
  }
}
