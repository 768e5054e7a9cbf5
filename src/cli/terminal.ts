/** All that commands may know of the process around them. Tests pass their own. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  readonly columns: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly argv: readonly string[];
  /** Aborted by the first SIGHUP, SIGINT or SIGTERM, with the signal's name as reason; the second ends the process. Also by an error that nothing awaited, with `ownFault`. */
  readonly interrupt: AbortSignal;
  /** Calls `action` before a second signal ends the process. */
  readonly onKill: (action: () => void) => void;
}

/** Keeps the exit code of a command until main.ts uses it. */
export interface ExitSlot {
  code: number;
}
