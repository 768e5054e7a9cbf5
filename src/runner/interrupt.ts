export type InterruptSignal = "SIGINT" | "SIGTERM";

/** What this file needs of `process`. */
export interface SignalSource {
  on(signal: InterruptSignal, listener: () => void): unknown;
  off(signal: InterruptSignal, listener: () => void): unknown;
}

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Stops listening. */
  release(): void;
}

/** The first signal aborts, so that cases end and undo; the second calls `kill`, for those who cannot wait. */
export function listenForInterrupt(source: SignalSource, kill: (signal: InterruptSignal) => void): Interrupt {
  const controller = new AbortController();
  const heard = (name: InterruptSignal) => (): void => {
    if (controller.signal.aborted) kill(name);
    else controller.abort(name);
  };
  const onInt = heard("SIGINT");
  const onTerm = heard("SIGTERM");
  source.on("SIGINT", onInt);
  source.on("SIGTERM", onTerm);
  return {
    signal: controller.signal,
    release() {
      source.off("SIGINT", onInt);
      source.off("SIGTERM", onTerm);
    },
  };
}
