/**
 * The one file that knows Mocha: a Mocha test for each case, in suites by topic, which awaits a result that is already
 * under way in the pool. Mocha's clock, reporter and exit code are not used: our events are the record.
 */
import Mocha from "mocha";
import type { CaseResult } from "../model/verdict.ts";

export interface HostedCase {
  readonly id: string;
  readonly suite: string;
  readonly result: Promise<CaseResult>;
}

/** Resolves to Mocha's number of failures once every case has ended. Never rejects for a case. */
export function hostInMocha(cases: readonly HostedCase[]): Promise<number> {
  const mocha = new Mocha({ reporter: SilentReporter, timeout: 0, forbidPending: false });
  mocha.cleanReferencesAfterRun(true);
  const suites = new Map<string, Mocha.Suite>();
  for (const item of cases) {
    const suite = suites.get(item.suite) ?? Mocha.Suite.create(mocha.suite, item.suite);
    suites.set(item.suite, suite);
    suite.addTest(testOf(item));
  }
  const faultsElsewhere = { exceptions: process.listeners("uncaughtException"), rejections: process.listeners("unhandledRejection") };
  return new Promise((resolve) => {
    const runner = mocha.run((failures) => {
      runner.dispose();
      resolve(failures);
    });
    // Mocha takes an error that nothing awaited for one of the test that happens to run, and keeps such a rejection to
    // itself. It is no case's: it is left to the program.
    runner.once("start", () => {
      for (const listener of process.listeners("uncaughtException")) if (!faultsElsewhere.exceptions.includes(listener)) process.off("uncaughtException", listener);
      for (const listener of process.listeners("unhandledRejection")) if (!faultsElsewhere.rejections.includes(listener)) process.off("unhandledRejection", listener);
    });
  });
}

function testOf(item: HostedCase): Mocha.Test {
  return new Mocha.Test(item.id, async function hosted(this: Mocha.Context) {
    const result = await item.result;
    switch (result.verdict) {
      case "failed": case "broken": case "unexpected-pass": case "not-run":
        throw new Error(result.reason ?? result.verdict);
      case "unsupported": case "not-applicable": case "blocked": case "waived":
        this.skip();
        break;
      default:
    }
  });
}

/** Mocha wants a reporter class; this one says nothing. */
class SilentReporter extends Mocha.reporters.Base {}
