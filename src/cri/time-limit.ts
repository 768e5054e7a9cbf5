/** A time for work that takes a signal. */

import { longestDeadlineMs } from "./deadlines.ts";

/** Why a limit aborted, where it was the time. */
export class TimeOverError extends Error {
  constructor(ms: number) {
    super(`not through within ${ms} ms`);
    this.name = "TimeOverError";
  }
}

export interface TimeLimit {
  /** Aborts with the outer signal, or when the time is over. */
  readonly signal: AbortSignal;
  /** The work is done: nothing aborts it any more. */
  clear(): void;
}

/**
 * A signal that aborts with `outer`, or after `ms`. `AbortSignal.any([outer, AbortSignal.timeout(ms)])` would not do: it holds the
 * timeout weakly, and what nobody else holds is collected before it fires.
 */
export function timeLimit(outer: AbortSignal, ms: number): TimeLimit {
  const controller = new AbortController();
  const timer = setTimeout(() => { controller.abort(new TimeOverError(ms)); }, Math.min(ms, longestDeadlineMs));
  const follow = (): void => { controller.abort(outer.reason); };
  const clear = (): void => {
    clearTimeout(timer);
    outer.removeEventListener("abort", follow);
  };
  controller.signal.addEventListener("abort", clear, { once: true });
  outer.addEventListener("abort", follow, { once: true });
  if (outer.aborted) follow();
  return { signal: controller.signal, clear };
}
