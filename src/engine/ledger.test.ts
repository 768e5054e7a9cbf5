import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { fileLedger, UndoStack } from "./ledger.ts";

describe("fileLedger", () => {
  it("is on disk at once, and takes what comes after its end", () => {
    const folder = mkdtempSync(join(tmpdir(), "criteria-test-"));
    try {
      const file = join(folder, "ledger.ndjson");
      const ledger = fileLedger(file);
      ledger.write({ op: "intent", case: "a", label: "one" });
      expect(readFileSync(file, "utf8")).to.equal('{"op":"intent","case":"a","label":"one"}\n');
      ledger.close();
      ledger.write({ op: "left", case: "a", label: "late" });
      ledger.close();
      expect(readFileSync(file, "utf8").split("\n")).to.have.length(3);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("UndoStack", () => {
  it("keeps for a look what is on the runtime, also what a lost answer may have made there", async () => {
    const stack = new UndoStack();
    const undone: string[] = [];
    for (const label of ["file /a", "pod p", "what RunPodSandbox may have made", "cgroup /c", "image i"]) stack.push(label, async () => { undone.push(label); });
    expect(stack.keepObjects()).to.deep.equal(["pod p", "what RunPodSandbox may have made", "cgroup /c"]);
    await stack.unwind(() => undefined);
    expect(undone).to.deep.equal(["image i", "file /a"]);
  });
});
