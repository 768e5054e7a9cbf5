/** Where cases that run beside each other wait for each other, to do once for all of them what changes the whole node. */
import { HarnessError } from "../model/errors.ts";

/** What a case does together with the others of its party. */
export interface Common {
  /** The case. */
  readonly who: string;
  /** Those that wait for the same are served by one `act`. */
  readonly what: string;
  readonly act: () => Promise<void>;
  readonly signal: AbortSignal;
}

interface Waiting extends Common {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

interface Party {
  /** Cases that have not ended. */
  readonly present: Set<string>;
  waiting: readonly Waiting[];
}

/** The parties of one run. A case that is in none waits for nobody. */
export class Rendezvous {
  readonly #parties = new Map<string, Party>();

  /** From now on these cases run beside each other, and wait for each other. */
  open(cases: readonly string[]): void {
    const party: Party = { present: new Set(cases), waiting: [] };
    for (const name of cases) {
      this.#parties.set(name, party);
    }
  }

  /** The case has ended: nobody waits for it any more. */
  leave(who: string): void {
    const party = this.#parties.get(who);
    this.#parties.delete(who);
    if (party?.present.delete(who) === true) {
      proceed(party);
    }
  }

  /**
   * Resolves when the act is done, by this case or by another one that waits for the same. Nobody acts before every case of the party
   * waits or has ended: none is disturbed in what it does. Each has a deadline of its own, which is what bounds the wait.
   */
  async together(common: Common): Promise<void> {
    const party = this.#parties.get(common.who);
    if (party === undefined) {
      return common.act();
    }
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        party.waiting = party.waiting.filter((one) => one !== waiting);
        reject(new HarnessError("INTERRUPTED", `given up while waiting for ${missingIn(party).join(", ") || common.what}`, { hint: "Run the case again." }));
      };
      const settled = (): void => common.signal.removeEventListener("abort", giveUp);
      const waiting: Waiting = { ...common, resolve: () => { settled(); resolve(); }, reject: (reason) => { settled(); reject(reason); } };
      if (common.signal.aborted) {
        return giveUp();
      }
      common.signal.addEventListener("abort", giveUp, { once: true });
      party.waiting = [...party.waiting, waiting];
      proceed(party);
    });
  }
}

function missingIn({ present, waiting }: Party): string[] {
  return [...present].filter((name) => !waiting.some(({ who }) => who === name));
}

/** Serves those that wait for the same as the first, once nobody is missing. Until they wait again or end, the others go on waiting. */
function proceed(party: Party): void {
  const [first] = party.waiting;
  if (first === undefined || missingIn(party).length > 0) {
    return;
  }
  const served = party.waiting.filter(({ what }) => what === first.what);
  party.waiting = party.waiting.filter(({ what }) => what !== first.what);
  first.act().then(() => served.forEach(({ resolve }) => resolve()), (reason: unknown) => served.forEach(({ reject }) => reject(reason)));
}
