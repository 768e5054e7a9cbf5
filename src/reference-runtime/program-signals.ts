/** The probe and signals. */
import type { ProcessApi } from "./process.ts";

/** The signals that the probe knows by name. */
export const signalNames: Readonly<Record<number, string>> = {
  1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 6: "SIGABRT", 10: "SIGUSR1", 12: "SIGUSR2", 14: "SIGALRM", 15: "SIGTERM", 17: "SIGCHLD", 24: "SIGXCPU", 28: "SIGWINCH",
  29: "SIGIO", 30: "SIGPWR", 34: "SIGRTMIN", 64: "SIGRTMAX",
  ...Object.fromEntries(Array.from({ length: 15 }, (_none, at) => [35 + at, `SIGRTMIN+${at + 1}`])),
  ...Object.fromEntries(Array.from({ length: 14 }, (_none, at) => [50 + at, `SIGRTMAX-${14 - at}`])),
};
/** Those that it takes; the others have their usual effect. No Go program can take the first real-time signal. */
export const caught = new Set(Object.keys(signalNames).map(Number).filter((number) => number !== 34));

/** Ends with 128 and the number of the first signal. */
export async function untilSignal(api: ProcessApi): Promise<number> {
  return await new Promise((resolve) => {
    api.onSignal((signal) => {
      if (signal !== 17 && signal !== 28 && caught.has(signal)) resolve(128 + signal);
      return caught.has(signal);
    });
  });
}
