import type { RunEvent } from "../model/event.ts";

/** Takes text; where it goes is the caller's. */
export type WriteText = (text: string) => void;

/** Hears every event of a run, in order, and writes through what it was given. */
export interface Reporter {
  readonly name: string;
  onEvent(event: RunEvent): void;
  /** Called once, after the last event. */
  close(): void;
}

/** One reporter out of many. A reporter that throws is told of once, then left out; the run and the others go on. */
export function combineReporters(reporters: readonly Reporter[], onFault: (name: string, thrown: unknown) => void): Reporter {
  const faulty = new Set<Reporter>();
  const guarded = (reporter: Reporter, act: () => void): void => {
    if (faulty.has(reporter)) return;
    try {
      act();
    } catch (thrown) {
      faulty.add(reporter);
      onFault(reporter.name, thrown);
    }
  };
  return {
    name: "all",
    onEvent: (event) => { for (const reporter of reporters) guarded(reporter, () => { reporter.onEvent(event); }); },
    close: () => { for (const reporter of reporters) guarded(reporter, () => { reporter.close(); }); },
  };
}
