import { expect } from "chai";
import { describe, it } from "mocha";
import { WorkerMemory } from "./worker-memory.ts";

describe("WorkerMemory", () => {
  it("adds workers that live together, not those of one stage after the other", () => {
    const memory = new WorkerMemory();
    for (const stage of [[1, 2], [3, 4]]) {
      for (const pid of stage) memory.heard(pid, 100);
      expect(memory.now).to.deep.equal({ rssBytes: 200, workers: 2 });
      for (const pid of stage) memory.heard(pid, 0);
    }
    memory.heard(5, 50);
    expect([memory.now.rssBytes, memory.mostBytes]).to.deep.equal([50, 200]);
  });
});
