import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { runProgram } from "./program.ts";

let folder = "";
before(() => { folder = mkdtempSync(join(tmpdir(), "criteria-sides-")); });
after(() => { rmSync(folder, { recursive: true, force: true }); });

async function criteria(...argv: string[]): Promise<{ code: number; err: string }> {
  let err = "";
  const code = await runProgram({
    out: () => undefined, err: (text) => { err += text; }, outIsTty: false, errIsTty: false, columns: () => 80,
    env: {}, cwd: folder, argv, interrupt: new AbortController().signal, onKill: () => undefined,
  });
  return { code, err };
}

describe("bench ab and aa", function slow() {
  this.timeout(240_000);

  it("measure the second side where --against says, the first being embedded or not", async () => {
    const { code, err } = await criteria("bench", "ab", "version", "--embedded", "--against", `unix://${folder}/absent.sock`, "--runs", "1", "--iterations", "3", "--timeout", "2s");
    expect(err).to.contain("absent.sock");
    expect(code).to.equal(3);
  });

  it("exit 4 for runs with errors, those of an earlier time too", async () => {
    writeFileSync(join(folder, "failing.yaml"), [
      "suite: failing", "about: Failing.", "workloads:", "  - id: load.failing", "    about: A status that is not there, now and then.", "    iteration:", "      steps:",
      "        - Version: {}", "        - PodSandboxStatus: { pod_sandbox_id: absent }", "    phases: [ { workers: 1, iterations: 3 } ]", "",
    ].join("\n"));
    const again = ["bench", "aa", "failing.yaml", "--embedded", "--runs", "1", "--out", "failing", "--quiet"];
    expect((await criteria(...again)).code).to.equal(4);
    expect((await criteria(...again)).code).to.equal(4);
  });
});
