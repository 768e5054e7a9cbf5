import { HarnessError } from "../model/errors.ts";

const hints: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/ENOENT/, "Start the runtime, or correct --runtime-endpoint: there is no such socket."],
  [/EACCES|EPERM/, "Run as root, or as a member of the group that owns the socket."],
  [/ECONNREFUSED/, "Restart the runtime: its socket is there, but nothing listens on it."],
  [/DEADLINE|deadline|hang/, "Look at the log of the runtime, or raise --timeout: it accepts connections and does not answer."],
];

/** Nothing speaks CRI at the endpoint that the user named. */
export class TargetUnreachableError extends HarnessError {
  readonly endpoint: string;

  constructor(endpoint: string, reason: string) {
    const hint = hints.find(([pattern]) => pattern.test(reason))?.[1];
    super("TARGET_UNREACHABLE", `no CRI runtime answers at ${endpoint}: ${reason}`, {
      hint: hint ?? "Check that the endpoint is the gRPC socket of a container runtime.",
    });
    this.endpoint = endpoint;
  }
}
