import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { startReferenceRuntime } from "../reference-runtime/start.ts";
import { openTarget } from "./open-target.ts";

describe("openTarget", function target() {
  this.timeout(20_000);
  let folder = "";
  before(() => { folder = mkdtempSync(join(tmpdir(), "criteria-target-")); });
  after(() => { rmSync(folder, { recursive: true, force: true }); });

  it("knows that the processes of the reference runtime are simulated, though nobody said so", async () => {
    const runtimeEndpoint = `unix://${join(folder, "r.sock")}`;
    const runtime = await startReferenceRuntime({ listen: runtimeEndpoint, stateDir: join(folder, "state") });
    try {
      const found = await openTarget({ runtimeEndpoint, env: {} });
      found.close();
      expect(found.host).to.include({ embedded: true, shares: true });
    } finally {
      await runtime.close();
    }
  });
});
