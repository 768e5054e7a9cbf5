/** Mutants that take a number: they are made from their id. */
import { setTimeout as sleep } from "node:timers/promises";
import { criSchema } from "../cri/schema.ts";
import type { Mutant } from "./mutant.ts";

/** `rpc.StartContainer.delay-10ms`: everything is right, and so much later. For a stream, each message is. */
export function delayMutant(id: string): Mutant | undefined {
  const match = /^rpc\.(\w+)\.delay-(\d{1,7})ms$/.exec(id);
  const rpc = criSchema("v1").rpcs.get(match?.[1] ?? "");
  if (match === null || rpc === undefined) return undefined;
  const ms = Number(match[2]);
  const pause = (touched: () => void): Promise<void> => {
    touched();
    return sleep(ms);
  };
  return {
    id, operator: "rpc", rpc: rpc.name, about: `takes ${ms} ms longer`,
    make: (touched) => [{
      rpc: rpc.name,
      ...(rpc.serverStream
        ? { after: (message) => pause(touched).then(() => message) }
        : { around: async (request, next) => { await pause(touched); return next(request); } }),
    }],
  };
}
