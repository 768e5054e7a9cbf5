/** Ports of the host for PodSandboxes to map. */
import { createServer } from "node:net";
import { knock } from "../cri/knock.ts";

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
export async function answers(host: string, port: number): Promise<boolean> {
  return (await knock({ host, port }, answerMs)) === "taken";
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
