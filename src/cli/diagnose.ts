/** `criteria doctor`. */
import { buildPlan } from "../catalog/build-plan.ts";
import type { OutputOptions, TargetOptions } from "./options.ts";
import { openBareSession } from "./session.ts";
import { selectSuites } from "./suite-files.ts";
import type { Terminal } from "./terminal.ts";

interface Diagnosis {
  readonly options: OutputOptions & TargetOptions;
  readonly terminal: Terminal;
}

/** Prints what was learnt, and what each missing piece keeps from being judged. */
export async function diagnose({ options, terminal }: Diagnosis): Promise<number> {
  const { catalog } = selectSuites([], undefined, terminal.cwd);
  const session = await openBareSession(options, terminal);
  try {
    const { target } = session;
    const plan = buildPlan(catalog, { target: target.facts, host: target.host, handler: target.handlerFacts, contract: options.contract ?? target.contract });
    const blocked = new Map<string, number>();
    for (const { skip } of plan.cases) if (skip !== undefined) blocked.set(`${skip.verdict}: ${skip.reason}`, (blocked.get(`${skip.verdict}: ${skip.reason}`) ?? 0) + 1);
    const found = { endpoint: session.endpoint, api: session.client.api, runtime: `${target.runtimeName} ${target.runtimeVersion}`, ...target.facts, host: target.host, notJudged: Object.fromEntries(blocked) };
    terminal.out(`${JSON.stringify(found, (_key, value: unknown) => (typeof value === "bigint" ? Number(value) : value), options.json === true ? 0 : 2)}\n`);
    return 0;
  } finally {
    await session.close();
  }
}
