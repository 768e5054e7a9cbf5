/** What serving at an endpoint of our own needs besides. */
import { rmSync, statSync } from "node:fs";
import { HarnessError, messageOf } from "../model/errors.ts";
import { parseEndpoint } from "./endpoint.ts";
import { knock } from "./knock.ts";

const knockMs = 2_000;

/** Removes the socket that a server left which was killed: nobody answers at it, and nobody else can be served there. Leaves what is served, and what is no socket. */
export async function removeDeadSocket(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  if ((await knock({ path }, knockMs)) === "refused") rmSync(path, { force: true });
}

/** What a server's `listen` failed with, for who gave the endpoint. */
export function cannotListen(endpoint: string, error: unknown): HarnessError {
  const hint = parseEndpoint(endpoint).socketPath === undefined ? "Choose a port that is free." : "Choose a path in a folder of yours at which nothing listens.";
  return new HarnessError("USAGE", `cannot listen on ${endpoint}: ${messageOf(error)}`, { hint, cause: error });
}
