import { expect } from "chai";
import { describe, it } from "mocha";
import type { Answer } from "../cri/client.ts";
import { InvariantJudge } from "./invariants.ts";

const at = { file: "i.yaml", line: 1, column: 1 };
const plan = {
  id: "invariant.x", about: "Created stays.", suite: "invariants", at, of: "Container", key: { source: "message.id", at },
  that: [{ source: "message.created_at == previous.created_at", at }], covers: ["GEN-05"], level: "MUST" as const,
};

function listed(startedMs: number, createdAt: bigint): Answer {
  return {
    rpc: "ListContainers", request: {}, requestBytes: new Uint8Array(), responses: [{ containers: [{ id: "c", created_at: createdAt }] }], responseBytes: [], code: "OK",
    details: "", fromRuntime: true, startedMs, elapsedMs: 10, startedNs: 0n, endedNs: 0n, deadlineMs: 1,
  };
}

describe("InvariantJudge", () => {
  it("compares only with calls that had ended before", () => {
    const judge = new InvariantJudge([plan], {});
    judge.see(listed(0, 1n), 1, "a");
    judge.see(listed(5, 2n), 2, "a");
    expect(judge.results()[0]?.verdict).to.equal("not-run");
    judge.see(listed(30, 1n), 3, "a");
    expect(judge.results()[0]?.verdict).to.equal("failed");
    expect(judge.results()[0]?.checks[0]?.message).to.contain("case a, call 3");
  });
  it("compares nothing with what an event tells: it may be old", () => {
    const judge = new InvariantJudge([{ ...plan, of: "ContainerStatus" }], {});
    const told = (startedMs: number, createdAt: bigint): Answer => ({ ...listed(startedMs, 0n), rpc: "GetContainerEvents", responses: [{ containers_statuses: [{ id: "c", created_at: createdAt }] }] });
    judge.see(told(0, 1n), 1, "a");
    judge.see(told(30, 2n), 2, "a");
    expect(judge.results()[0]?.verdict).to.equal("not-run");
  });
  it("keeps no more than 20 breaches of one rule", () => {
    const judge = new InvariantJudge([plan], {});
    for (let n = 0; n < 40; n++) judge.see(listed(n * 20, BigInt(n)), n, "a");
    expect(judge.results()[0]?.checks).to.have.length(20);
  });
});
