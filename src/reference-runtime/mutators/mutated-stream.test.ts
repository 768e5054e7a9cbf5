import { expect } from "chai";
import { describe, it } from "mocha";
import type { Message } from "../../cri/message.ts";
import { MutatedStream, type Mutator } from "./mutator.ts";

const tick = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

/** A mutator that holds each message until the test lets it go. */
function holding(): { readonly mutator: Mutator; readonly held: Map<unknown, () => void> } {
  const held = new Map<unknown, () => void>();
  const after = (message: Message): Promise<Message> => new Promise((resolve) => { held.set(message["id"], () => { resolve({ ...message, late: true }); }); });
  return { held, mutator: { rpc: "GetContainerEvents", after } };
}

describe("a mutated stream", () => {
  it("lets messages wait beside each other, and sends them in their order", async () => {
    const { mutator, held } = holding();
    const sent: unknown[] = [];
    const stream = new MutatedStream({}, [mutator], ({ id }) => { sent.push(id); });
    for (const id of ["a", "b"]) await stream.push({ id });
    expect([...held.keys()]).to.deep.equal(["a", "b"]);
    held.get("b")?.();
    await tick();
    expect(sent).to.deep.equal([]);
    held.get("a")?.();
    await stream.ended();
    expect(sent).to.deep.equal(["a", "b"]);
  });

  it("tells a failure at the next message and at the end", async () => {
    const failing: Mutator = { rpc: "GetContainerEvents", after: () => Promise.reject(new Error("no such field")) };
    const stream = new MutatedStream({}, [failing], () => undefined);
    await stream.push({ id: "a" });
    await tick();
    expect(await stream.push({ id: "b" }).catch(String)).to.equal("Error: no such field");
    expect(await stream.ended().catch(String)).to.equal("Error: no such field");
  });
});
