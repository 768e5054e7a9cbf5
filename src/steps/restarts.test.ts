import { expect } from "chai";
import { describe, it } from "mocha";
import { Restarts } from "./restarts.ts";

describe("Restarts", () => {
  it("are settled when none is under way, whether they did what they should or not", async () => {
    const restarts = new Restarts();
    const done: string[] = [];
    let end = (): void => undefined;
    const first = restarts.during(() => new Promise<void>((resolve) => { end = resolve; }));
    const second = restarts.during(() => Promise.reject(new Error("no"))).catch(() => done.push("second"));
    const settled = restarts.settled().then(() => done.push("settled"));
    await second;
    expect(done).to.deep.equal(["second"]);
    end();
    await Promise.all([first, settled]);
    expect([done, restarts.begun]).to.deep.equal([["second", "settled"], 2]);
  });
});
