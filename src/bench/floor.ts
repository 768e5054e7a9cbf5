import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { HarnessError } from "../model/errors.ts";
import { forgetTempFolder, makeTempFolder } from "../target/temp-folder.ts";
import type { PoolResult } from "./load/pool.ts";
import type { Floor, Series } from "./result.ts";

const startMs = 10_000;
const calls = 400;

export interface NullServer {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Starts the null server in a process of its own. */
export async function startNullServer(): Promise<NullServer> {
  const folder = makeTempFolder("criteria-null-");
  const socket = join(folder, "null.sock");
  const child = fork(new URL("./null-server.js", import.meta.url), [socket]);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const close = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
    forgetTempFolder(folder);
  };
  try {
    await once(child, "message", { signal: AbortSignal.timeout(startMs) });
  } catch (cause) {
    await close();
    throw new HarnessError("HARNESS_FAULT", "the null server did not start", { hint: "Report this with the command line", cause });
  }
  return { endpoint: `unix://${socket}`, close };
}

/** Runs Version through the measured path. */
export type FloorLoad = (load: { readonly model: "closed"; readonly parallel: number; readonly iterations: number }, warmUp: number) => Promise<PoolResult>;

/** What a call that takes no time seems to take; null when nothing came back. */
export async function measureFloor(run: FloorLoad, parallel: number): Promise<Floor | null> {
  const { series } = await run({ model: "closed", parallel, iterations: calls }, calls / 2);
  const summary = series.find(({ name }) => name === "Version")?.summary;
  if (summary === undefined || summary.p50 === null || summary.p90 === null || summary.p99 === null) return null;
  return { p50: summary.p50, p90: summary.p90, p99: summary.p99, ratePerSecond: summary.ratePerSecond, samples: summary.count - summary.errors, parallel };
}

/** Flags every series whose p99 is so short that the harness is a good part of it. */
export function flagByFloor(series: readonly Series[], floors: readonly (Floor | null)[]): Series[] {
  const worst = Math.max(0, ...floors.map((floor) => floor?.p99 ?? 0));
  return series.map((each) => {
    const { p99 } = each.summary;
    return p99 === null || worst <= p99 / 10 ? each : { ...each, flags: [...(each.flags ?? []), "the floor's p99 exceeds 10 % of this p99"] };
  });
}
