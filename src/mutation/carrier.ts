/** What a mutant runs on: the reference runtime, or a proxy before a real one. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mutator } from "../reference-runtime/mutators/mutator.ts";
import { startReferenceRuntime } from "../reference-runtime/start.ts";
import type { OciEdit } from "./oci/edit.ts";
import { startProxy } from "./proxy/proxy.ts";

/** A runtime with faults, on an endpoint of its own. */
export interface Front {
  readonly endpoint: string;
  close(): Promise<void>;
}

export interface Carrier {
  /** Processes are simulated, and each front has a state of its own. */
  readonly embedded: boolean;
  /** The real runtime behind all fronts. */
  readonly upstream?: string;
  readonly handler: string;
  /** Serves in the folder, whose path is short. */
  open(faults: Faults, folder: string): Promise<Front>;
}

/** What is wrong with the runtime. */
export interface Faults {
  readonly mutators: readonly Mutator[];
  readonly oci?: readonly OciEdit[];
}

/** A reference runtime for each mutant; what goes wrong on the wire goes wrong in a proxy before it. */
export const referenceCarrier: Carrier = {
  embedded: true,
  handler: "",
  async open({ mutators }, folder) {
    const onWire = mutators.filter((mutator) => mutator.wire !== undefined);
    const endpoint = `unix://${join(folder, "r.sock")}`;
    const runtime = await startReferenceRuntime({ listen: endpoint, stateDir: join(folder, "state"), mutators: mutators.filter((mutator) => mutator.wire === undefined) });
    if (onWire.length === 0) return runtime;
    const proxy = await startProxy({ upstream: endpoint, listen: `unix://${join(folder, "p.sock")}`, mutators: onWire });
    return {
      endpoint: proxy.endpoint,
      close: async () => {
        await proxy.close();
        await runtime.close();
      },
    };
  },
};

/** A proxy for each mutant before one real runtime. */
export function proxyCarrier(upstream: string, handler = ""): Carrier {
  return { embedded: false, upstream, handler, open: ({ mutators }, folder) => startProxy({ upstream, listen: `unix://${join(folder, "p.sock")}`, mutators }) };
}

/**
 * A real runtime whose handler runs our runc. One file says what is wrong, so there is one mutant at a time. `wrapper` is the
 * path that the handler names as its binary.
 */
export function runcCarrier(upstream: string, handler: string, wrapper: string): Carrier {
  const control = `${wrapper}.json`;
  const order = (edits: readonly OciEdit[]): void => {
    const known: unknown = JSON.parse(readFileSync(control, "utf8"));
    writeFileSync(`${control}.new`, JSON.stringify({ ...(typeof known === "object" ? known : {}), edits }));
    renameSync(`${control}.new`, control);
  };
  return {
    embedded: false, upstream, handler,
    open: ({ oci = [] }) => {
      order(oci);
      return Promise.resolve({ endpoint: upstream, close: () => { order([]); return Promise.resolve(); } });
    },
  };
}
