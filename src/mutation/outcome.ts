/** What became of a mutant. */
export const fates = ["citing", "other", "noticed", "survived", "equivalent", "not-carried"] as const;
/**
 * `citing`: killed by a check that cites what was broken. `other`: killed by a check that cites something else.
 * `noticed`: no check failed, and the run was not green: cases broke or the runtime could not be opened. `survived`: all was green.
 * `equivalent`: no valid observer could tell. `not-carried`: the reference runtime does not do what the field asks for.
 */
export type Fate = (typeof fates)[number];

/** Why a mutant survived that no case gave a chance to do harm. */
export const unexercised = "not exercised";

export interface Outcome {
  readonly id: string;
  readonly rpc: string;
  readonly about: string;
  readonly fate: Fate;
  /** Case and requirement that killed it; or why it lives. */
  readonly by: string;
  /** Requirements of the check that killed it. */
  readonly covers?: readonly string[];
  /** Cases that came to their end until the fate was known. */
  readonly tried?: number;
  readonly ms: number;
}
