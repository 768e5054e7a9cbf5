/** Ports of the host for PodSandboxes to map. */
import { connect, createServer } from "node:net";

const tries = 20;
const answerMs = 500;
const given = new Set<number>();

/** A TCP port of this host that nobody has: not bound, not mapped into a PodSandbox as far as `address` tells, and given to nobody in this process before. Throws an Error where none is found. */
export async function freePort(address: string): Promise<number> {
  for (let left = tries; left > 0; left--) {
    const port = await unboundPort();
    if (given.has(port) || (await answers(address, port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port in ${tries} tries`);
}

/** Whether somebody takes a connection within half a second: what is mapped into a PodSandbox is bound by nobody, and answers all the same. */
export async function answers(address: string, port: number): Promise<boolean> {
  const socket = connect(port, address);
  try {
    return await new Promise((resolve) => {
      socket.setTimeout(answerMs, () => { resolve(false); });
      socket.once("connect", () => { resolve(true); });
      socket.once("error", () => { resolve(false); });
    });
  } finally {
    socket.destroy();
  }
}

function unboundPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, () => {
      const address = server.address();
      server.close(() => { resolve(typeof address === "object" && address !== null ? address.port : 0); });
    });
  });
}
