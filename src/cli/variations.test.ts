import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { runProgram } from "./program.ts";

describe("criteria mutation --variations", function slow() {
  this.timeout(120_000);

  it("tells of an interrupt, for what was not judged may be red", async () => {
    const folder = mkdtempSync(join(tmpdir(), "criteria-variations-"));
    const interrupt = new AbortController();
    interrupt.abort("SIGTERM");
    let out = "";
    try {
      writeFileSync(join(folder, "profile.json"), JSON.stringify({ cases: [], unfit: [], known: [], invariants: [], ids: [], touched: [], read: null, sharing: [] }));
      const code = await runProgram({
        out: (text) => { out += text; }, err: () => undefined, outIsTty: false, errIsTty: false, columns: () => 80, env: {}, cwd: folder,
        argv: ["mutation", "--variations", "--area", "no-metrics", "--profile", "profile.json"], interrupt: interrupt.signal, onKill: () => undefined,
      });
      expect(out).to.contain("1 variations in 0 runs");
      expect(code).to.equal(143);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
