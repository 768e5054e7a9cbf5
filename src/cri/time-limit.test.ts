import { once } from "node:events";
import { expect } from "chai";
import { describe, it } from "mocha";
import { collectGarbage } from "./testing/collect-garbage.ts";
import { timeLimit } from "./time-limit.ts";

describe("timeLimit", () => {
  it("fires though nobody but its listener holds it, and says why", async () => {
    const { signal } = timeLimit(new AbortController().signal, 200);
    const collecting = setInterval(collectGarbage, 20).unref();
    await once(signal, "abort").finally(() => { clearInterval(collecting); });
    expect(String(signal.reason)).to.contain("200 ms");
  });

  it("aborts with the outer signal, also with one that was aborted before", () => {
    const outer = new AbortController();
    const { signal } = timeLimit(outer.signal, 60_000);
    expect(signal.aborted).to.equal(false);
    outer.abort(new Error("given up"));
    expect([signal.reason, timeLimit(outer.signal, 60_000).signal.reason].map(String)).to.deep.equal(["Error: given up", "Error: given up"]);
  });

  it("lets go when it is cleared", async () => {
    const outer = new AbortController();
    const limit = timeLimit(outer.signal, 1);
    limit.clear();
    outer.abort();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(limit.signal.aborted).to.equal(false);
  });
});
