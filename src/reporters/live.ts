import type { RunEvent } from "../model/event.ts";
import { linesOf, type PlainOptions } from "./plain.ts";
import type { Reporter, WriteText } from "./reporter.ts";
import { countsLine } from "./text.ts";

export interface LiveOptions extends PlainOptions {
  readonly columns: () => number;
  /** At most this often is the status line drawn anew. */
  readonly everyMs: number;
}

const clearLine = "\r\u001b[2K";

/** For a terminal: the lines of the plain reporter above one status line with counts and the cases in flight. */
export function liveReporter(write: WriteText, options: LiveOptions): Reporter {
  const counts: Record<string, number> = {};
  const inFlight = new Set<string>();
  let total = 0;
  let drawnAt = -Infinity;
  let shown = false;
  const status = (): string => {
    const ended = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const running = [...inFlight].join("  ");
    return `${ended}/${total}  ${countsLine(counts)}  ${running}`.slice(0, Math.max(20, options.columns() - 1));
  };
  const count = (event: RunEvent): void => {
    if (event.type === "run-started") total = event.total;
    if (event.type === "case-started") inFlight.add(event.id);
    if (event.type !== "case-ended") return;
    inFlight.delete(event.result.id);
    counts[event.result.verdict] = (counts[event.result.verdict] ?? 0) + 1;
  };
  return {
    name: "live",
    onEvent(event) {
      count(event);
      const lines = linesOf(event, options);
      const due = event.at - drawnAt >= options.everyMs && event.type !== "run-ended";
      if (lines.length === 0 && !due) return;
      const text = lines.length === 0 ? "" : `${lines.join("\n")}\n`;
      const line = event.type === "run-ended" ? "" : options.paint.dim(status());
      write(`${shown ? clearLine : ""}${text}${line}`);
      shown = line !== "";
      drawnAt = event.at;
    },
    close() {
      if (shown) write(clearLine);
    },
  };
}
