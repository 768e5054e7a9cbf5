/** What a run is about to create, on disk before the call, so that nothing is forgotten when the harness dies. */
import { closeSync, openSync, writeSync } from "node:fs";
import { messageOf } from "../model/errors.ts";

export interface LedgerEntry {
  readonly op: "intent" | "created" | "undone" | "left";
  readonly case: string;
  readonly label: string;
  readonly id?: string;
}

export interface Ledger {
  write(entry: LedgerEntry): void;
}

/** A ledger in a file, one JSON object a line. Written at once: the call comes after. What comes late, after `close`, opens the file again. */
export function fileLedger(path: string): Ledger & { close(): void } {
  let descriptor: number | undefined;
  return {
    write(entry) {
      descriptor ??= openSync(path, "a");
      writeSync(descriptor, `${JSON.stringify(entry)}\n`);
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

/** Takes note of what takes something back. */
export type Undo = (label: string, action: () => Promise<void>) => void;

/** Told of each action; `failure` says why it could not be done. */
export type Report = (label: string, failure?: string) => void;

interface UndoItem {
  readonly label: string;
  readonly action: () => Promise<void>;
}

/** Labels of what is on the runtime, and of the cgroups in which its processes live. */
const isObject = /^(what )?(pod|container|PodSandbox|RunPodSandbox|CreateContainer|RestorePod|cgroup)\b/;
const undoMs = 90_000;

/** Resolves or rejects with the work, or rejects when the time is up. */
export async function bounded<T>(work: Promise<T>, milliseconds: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What takes back the doings of one case, newest first. */
export class UndoStack {
  readonly #items: UndoItem[] = [];
  readonly #urgent: UndoItem[] = [];

  /** Urgent actions come before all others, whenever they were pushed. */
  push(label: string, action: () => Promise<void>, order?: "urgent"): void {
    (order === "urgent" ? this.#urgent : this.#items).push({ label, action });
  }

  /** Forgets what takes objects off the runtime, so that they stay for a look; the host is still undone. Gives their labels. */
  keepObjects(): string[] {
    const kept = this.#items.filter(({ label }) => isObject.test(label));
    this.#items.splice(0, this.#items.length, ...this.#items.filter(({ label }) => !isObject.test(label)));
    return kept.map(({ label }) => label);
  }

  /** Undoes all; gives what is left. Never throws. */
  async unwind(report: Report): Promise<string[]> {
    const left: string[] = [];
    const next = (): UndoItem | undefined => this.#urgent.pop() ?? this.#items.pop();
    for (let item = next(); item !== undefined; item = next()) {
      try {
        await bounded(item.action(), undoMs, item.label);
        report(item.label);
      } catch (error) {
        left.push(`${item.label}: ${messageOf(error)}`);
        report(item.label, messageOf(error));
      }
    }
    return left;
  }
}
