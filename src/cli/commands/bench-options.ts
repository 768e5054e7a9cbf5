/** The options of `criteria bench` and of those of its sub-commands that make load. */
import { type Command, InvalidArgumentError } from "commander";
import { choice, durationMs, type OutputOptions, positive, type TargetOptions } from "../options.ts";

export interface LoadOptions {
  readonly parallel?: number;
  readonly iterations?: number;
  readonly warmUp?: number;
  readonly rate?: number;
  readonly duration?: number;
  readonly spacing?: "even" | "poisson";
  readonly seed?: number;
  readonly resident?: number;
  readonly steps?: readonly number[];
  readonly burst?: number;
  readonly density?: readonly number[];
  readonly soak?: number;
}

export interface BenchCommandOptions extends Pick<OutputOptions, "json">, TargetOptions, LoadOptions {
  readonly out?: string;
  readonly list?: boolean;
  readonly gate?: readonly string[];
  readonly baseline?: string;
  readonly failOnInconclusive?: boolean;
}

/** Everything that shapes a load; without any of it the phases of the workloads hold. */
export function withLoad(command: Command): Command {
  return command
    .option("--parallel <n>", "iterations side by side (1)", positive)
    .option("--iterations <n>", "iterations that count (50)", positive)
    .option("--warm-up <n>", "iterations before them that do not (5)", count)
    .option("--rate <n>", "an open load: iterations begun per second; the most in flight is the larger of --parallel and 64", Number)
    .option("--duration <duration>", "how long iterations are begun: of an open load (10s), a closed one or a mix", durationMs)
    .addOption(choice("--spacing <kind>", "of the starts of an open load (poisson)", ["even", "poisson"]))
    .option("--seed <n>", "of the schedule of an open load (1)", count)
    .option("--steps <n,n,…>", "a closed load at these numbers in flight, to find the knee", counts)
    .option("--burst <n>", "so many iterations begun at once", positive)
    .option("--density <n,n,…>", "a closed load beside so many pods that rest", counts)
    .option("--soak <duration>", "a closed load for a long time", durationMs)
    .option("--resident <n>", "pods that rest while any load runs", positive);
}

/** A whole number from 0. */
export function count(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError("It is a whole number from 0.");
  return number;
}

/** `5` or `5%`. What is no number would turn the comparison off: nothing is larger than it. */
export function percent(value: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*%?$/.exec(value.trim());
  if (match === null) throw new InvalidArgumentError("It is a number of percent from 0, like 5 or 2.5%.");
  return Number(match[1]);
}

/** `1,8,32`. */
export function counts(value: string): readonly number[] {
  return value.split(",").map((part) => count(part.trim()));
}
