import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { after, describe, it } from "mocha";
import { messageOf } from "../model/errors.ts";
import { Objects } from "./objects.ts";
import { Residents } from "./resident.ts";
import { FakeClient } from "./testing/fake-client.ts";
import { makeFixtures } from "./workload/fixtures.ts";

const logDir = mkdtempSync(join(tmpdir(), "criteria-resident-"));
const settings = { runId: "run", probeImage: "probe", logDir, handler: "" };
after(() => { rmSync(logDir, { recursive: true, force: true }); });

/** A runtime with room for so many. */
const full = (room: number): FakeClient => new FakeClient({ delayMs: () => 2 + Math.random() * 10, code: (rpc, nth) => (rpc === "RunPodSandbox" && nth > room ? "RESOURCE_EXHAUSTED" : "OK") });

describe("Residents", () => {
  it("begin no more when one fails, say why, and leave nothing under way", async () => {
    const client = full(10);
    const objects = new Objects();
    const residents = new Residents({ client, objects, settings, deadlineMs: 1000, originMs: 0 });
    const failure = await residents.become(100).then(() => "", messageOf);
    expect(failure).to.match(/^resident pod \d+ of 100 could not be made: RunPodSandbox: RESOURCE_EXHAUSTED$/);
    await objects.removeAll(client, settings.runId);
    const calls = client.calls.length;
    await sleep(50);
    expect([client.pods.size, client.calls.length]).to.deep.equal([0, calls]);
    expect(client.calls.filter((rpc) => rpc === "RunPodSandbox").length).to.be.at.most(14);
  });
});

describe("makeFixtures", () => {
  it("tells a failure of one of several when all have ended", async () => {
    // The first fails at once, the others come later.
    let nth = 0;
    const client = new FakeClient();
    const call: FakeClient["call"] = async (rpc, request) => {
      const slow = nth++ > 0;
      if (slow) await sleep(20);
      return { ...(await client.call(rpc, request)), code: slow ? "OK" : "INTERNAL" };
    };
    const failure = await makeFixtures([{ kind: "pod", variable: "pods", key: "many", keys: {}, count: 4 }], {}, { settings, call }).then(() => "", messageOf);
    expect(failure).to.contain("RunPodSandbox: INTERNAL");
    expect(client.pods.size).to.equal(4);
  });
});
