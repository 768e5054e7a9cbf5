/** Notices that the runtime is lost while cases run, has it brought back, and says which cases must be judged again. */
import { verdictOf } from "../engine/verdict-of.ts";
import { messageOf } from "../model/errors.ts";
import { type PlanCase, placeOf } from "../model/plan.ts";
import type { CaseResult, CheckResult } from "../model/verdict.ts";

/** What a look at the runtime showed. */
export interface Look {
  /** `gone`: nobody listens at the endpoint. `silent`: no answer, for whatever reason. */
  readonly state: "answers" | "silent" | "gone";
  /** What the call ended with. */
  readonly said: string;
}

export interface LossDeps {
  /** Looks once; its wait is bounded. */
  readonly look: () => Promise<Look>;
  /** Brings the runtime back, or waits a while for whoever does. Gives what did it; throws where it stays lost. */
  readonly revive: () => Promise<string>;
  readonly now: () => number;
}

type Case = Pick<PlanCase, "id" | "robustness" | "at">;

interface Loss {
  /** Where it was noticed. */
  readonly at: PlanCase["at"];
  readonly said: string;
  readonly cases: readonly Case[];
  readonly outcome: string;
}

/** The result that tells of losses, for waivers. A runtime serves its endpoint (GEN-01). */
export const lossId = "run.runtime-lost";
export const lossRequirement = "GEN-01";

/** An overloaded runtime is silent for a while. */
const looks = 3;
const named = 8;

export class LossWatch {
  readonly #deps: LossDeps;
  readonly #running = new Map<string, Case>();
  readonly #losses: Loss[] = [];
  /** How often the runtime was brought back. */
  #revived = 0;
  #reviving: Promise<void> | undefined;
  #isLost = false;

  constructor(deps: LossDeps) {
    this.#deps = deps;
  }

  /** Whether the runtime is lost for good. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** The case is about to run; waits while the runtime is being brought back. Gives what `wasLost` asks for. */
  async enter(item: Case): Promise<number> {
    await this.#reviving;
    this.#running.set(item.id, item);
    return this.#revived;
  }

  leave(item: Case): void {
    this.#running.delete(item.id);
  }

  /** Whether the runtime was lost and came back since: what a case met then does not tell about the case. Asked of one that did not end well, before it leaves. */
  async wasLost({ at }: Case, since: number): Promise<boolean> {
    await this.#reviving;
    if (this.#revived === since && !this.#isLost) {
      const look = await this.#lookPatiently();
      // Another case may have had the same suspicion.
      if (look.state !== "answers" && this.#revived === since && !this.#isLost) this.#reviving ??= this.#bringBack(look, at);
      await this.#reviving;
    }
    return this.#revived > since;
  }

  /** Nothing where the runtime was never lost. */
  results(): CaseResult[] {
    const first = this.#losses[0];
    if (first === undefined) return [];
    const checks = this.#losses.map(({ at, said, cases, outcome }): CheckResult => ({
      covers: [lossRequirement], level: "MUST", ok: false, at: placeOf(at), verb: "Version", calls: [],
      message: `${lossRequirement} (MUST): the runtime was lost while ${namesOf(cases)} ran: Version: ${said}; ${outcome}`,
    }));
    return [{
      id: lossId, suite: "run", about: "The runtime serves its endpoint as long as the run lasts. Where it comes back, what had not ended well is judged again, one case at a time.",
      file: first.at.file, line: first.at.line, ...verdictOf(checks), checks,
      requirements: [lossRequirement], level: "MUST", robustness: this.#losses.every(({ cases }) => cases.every(({ robustness }) => robustness)), startedMs: 0, durationMs: 0, leftovers: [],
    }];
  }

  async #lookPatiently(): Promise<Look> {
    let look = await this.#deps.look();
    for (let left = looks - 1; left > 0 && look.state === "silent"; left--) look = await this.#deps.look();
    return look;
  }

  async #bringBack({ said }: Look, at: Loss["at"]): Promise<void> {
    const cases = [...this.#running.values()];
    const begun = this.#deps.now();
    try {
      const how = await this.#deps.revive();
      this.#revived += 1;
      this.#losses.push({ at, said, cases, outcome: `${how} after ${((this.#deps.now() - begun) / 1000).toFixed(1)} s` });
    } catch (thrown) {
      this.#isLost = true;
      this.#losses.push({ at, said, cases, outcome: `it did not come back: ${messageOf(thrown)}` });
    } finally {
      this.#reviving = undefined;
    }
  }
}

function namesOf(cases: readonly Case[]): string {
  const names = cases.slice(0, named).map(({ id }) => id).join(", ");
  return cases.length > named ? `${names} and ${cases.length - named} more` : names;
}
