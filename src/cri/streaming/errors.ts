import { HarnessError } from "../../model/errors.ts";

/** The server answered the request to upgrade with something else, or not at all. */
export class UpgradeRefusedError extends HarnessError {
  /** Absent when no HTTP answer came. */
  readonly status: number | undefined;
  readonly body: string;
  /** True when the time for it was over. */
  readonly late: boolean;

  constructor(message: string, answer: { readonly status?: number; readonly body?: string; readonly late?: boolean; readonly cause?: unknown }) {
    super("TARGET_UNREACHABLE", message, {
      hint: "Use a fresh URL, and check that the runtime's streaming server listens where the URL says.",
      cause: answer.cause,
    });
    this.status = answer.status;
    this.body = answer.body ?? "";
    this.late = answer.late ?? false;
  }
}

/** WebSocket subprotocols up to v4 cannot say "no more input". */
export class HalfCloseUnsupportedError extends HarnessError {
  constructor() {
    super("SUITE_INVALID", "A WebSocket stream cannot end its input and stay open.", {
      hint: "Use transport: spdy for closeSend.",
    });
  }
}
