import { expect } from "chai";
import { describe, it } from "mocha";
import { Rendezvous } from "./rendezvous.ts";

const never = new AbortController().signal;

/** A party, and what it did. */
function partyOf(...cases: readonly string[]) {
  const rendezvous = new Rendezvous();
  const done: string[] = [];
  rendezvous.open(cases);
  const come = async (who: string, what = "restart", signal = never): Promise<void> => {
    await rendezvous.together({ who, what, signal, act: async () => { done.push(what); } });
    done.push(who);
  };
  return { rendezvous, done, come };
}

const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe("Rendezvous", () => {
  it("acts once for all, when the last is there", async () => {
    const { done, come } = partyOf("a", "b", "c");
    const first = [come("a"), come("b")];
    await aMoment();
    expect(done).to.deep.equal([]);
    await Promise.all([...first, come("c")]);
    expect(done).to.have.ordered.members(["restart", "a", "b", "c"]);
  });

  it("waits for nobody who has ended, whether before its turn or while others wait", async () => {
    const { rendezvous, done, come } = partyOf("a", "fails", "never comes");
    rendezvous.leave("fails");
    const waiting = come("a");
    await aMoment();
    expect(done).to.deep.equal([]);
    rendezvous.leave("never comes");
    await waiting;
    expect(done).to.deep.equal(["restart", "a"]);
  });

  it("lets an interrupted case go, and the others on once it has ended", async () => {
    const { rendezvous, done, come } = partyOf("a", "b", "c");
    const controller = new AbortController();
    const interrupted = come("a", "restart", controller.signal).catch((thrown: unknown) => String(thrown));
    const waiting = come("b");
    controller.abort();
    expect(await interrupted).to.contain("given up while waiting for a, c");
    rendezvous.leave("a");
    rendezvous.leave("c");
    await waiting;
    expect(done).to.deep.equal(["restart", "b"]);
  });

  it("disturbs nobody: what others wait for comes when those that were served have ended or wait again", async () => {
    const { rendezvous, done, come } = partyOf("a", "b");
    const other = come("b", "another restart");
    await aMoment();
    const served = come("a");
    await aMoment();
    expect(done).to.deep.equal(["another restart", "b"]);
    rendezvous.leave("b");
    await Promise.all([other, served]);
    expect(done).to.deep.equal(["another restart", "b", "restart", "a"]);
  });

  it("tells all of an act that failed", async () => {
    const { rendezvous } = partyOf("a", "b");
    const act = (): Promise<void> => Promise.reject(new Error("no such command"));
    const results = await Promise.allSettled(["a", "b"].map((who) => rendezvous.together({ who, what: "restart", signal: never, act })));
    expect(results.map(({ status }) => status)).to.deep.equal(["rejected", "rejected"]);
  });

  it("lets a case that is in no party act at once", async () => {
    const { done, come } = partyOf("a", "b");
    await come("by itself");
    expect(done).to.deep.equal(["restart", "by itself"]);
  });
});
