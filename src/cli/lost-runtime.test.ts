import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { needProbe, programFile, ProgramRun } from "./testing/program-run.ts";

/** Lines of the ledger: far enough to share a PodSandbox, far from the end. */
const middle = 60;

interface Result {
  readonly id: string;
  readonly verdict: string;
  readonly reason?: string;
}

describe("a run whose runtime dies", function dies() {
  this.timeout(240_000);
  let folder = "";
  let pidFile = "";
  let script = "";
  /** Kills the runtime that runs, if any. */
  const die = (): void => {
    if (!existsSync(pidFile)) return;
    process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
    rmSync(pidFile);
  };

  before(async function probe() {
    await needProbe(this);
    folder = mkdtempSync(join(tmpdir(), "criteria-lost-"));
    pidFile = join(folder, "pid");
    script = join(folder, "start.sh");
    writeFileSync(script, `rm -f "${folder}/log"\nTMPDIR="${folder}" "${process.execPath}" "${programFile}" runtime --listen "unix://${folder}/r.sock" > "${folder}/log" 2>&1 < /dev/null &\necho $! > "${pidFile}"\nuntil [ -s "${folder}/log" ]; do sleep 0.1; done\n`);
  });
  after(() => {
    if (folder === "") return;
    die();
    rmSync(folder, { recursive: true });
  });

  /** Runs suites, and kills the runtime in the middle. */
  async function run(name: string, args: readonly string[]): Promise<{ code: number | null; results: readonly Result[]; text: string }> {
    die();
    execFileSync("sh", [script]);
    const started = new ProgramRun(folder, name, ["-r", `unix://${folder}/r.sock`, "--reporter", "results", ...args, "container/create", "container/start", "container/status", "container/list"]);
    await started.untilLedgerHas(middle);
    die();
    const { code, text } = await started.ended;
    return { code, text, results: (JSON.parse(readFileSync(join(started.out, "results.json"), "utf8")) as { cases: Result[] }).cases };
  }

  it("has it brought back, judges again what was under way, and fails for the loss alone", async () => {
    const { code, results, text } = await run("back", ["--restart-command", `sh ${script}`]);
    expect(results.filter(({ verdict }) => verdict === "failed" || verdict === "broken" || verdict === "not-run").map(({ id }) => id), text).to.deep.equal(["run.runtime-lost"]);
    expect(results.find(({ id }) => id === "run.runtime-lost")?.reason).to.match(/^GEN-01 \(MUST\): the runtime was lost while container\..* ran: Version: UNAVAILABLE: .*; the restart command brought it back after /);
    expect(results.filter(({ verdict }) => verdict === "passed")).to.have.length.above(50);
    expect(text).to.include("criteria: the runtime is lost; running the restart command\n");
    expect(code).to.equal(1);
  });

  it("ends where nothing brings it back", async () => {
    const { code, results, text } = await run("gone", []);
    expect(text).to.include("criteria: the runtime is lost; waiting for it to come back\n");
    expect(results.find(({ id }) => id === "run.runtime-lost")?.reason).to.match(/; it did not come back: the runtime did not answer within 15 s: /);
    expect(results.filter(({ verdict }) => verdict === "not-run")).to.have.length.above(10);
    expect(code).to.equal(1);
  });
});
