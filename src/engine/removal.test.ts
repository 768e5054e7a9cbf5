import { expect } from "chai";
import { describe, it } from "mocha";
import type { Answer, CriClient } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import { removeImage } from "./removal.ts";

/** A runtime that removes images by these names and refuses others; `asked` has all that it was asked for. */
function removing(known: readonly string[], asked: string[]): CriClient {
  const call = async (rpc: string, request: Message): Promise<Answer> => {
    const { image } = request["image"] as { readonly image: string };
    asked.push(image);
    return {
      rpc, request, requestBytes: new Uint8Array(), responses: [{}], responseBytes: [], code: known.includes(image) ? "OK" : "UNKNOWN", details: `what is ${image}`, fromRuntime: true,
      startedMs: 0, elapsedMs: 0, startedNs: 0n, endedNs: 0n, deadlineMs: 1000,
    };
  };
  return { api: "v1", call, open: () => { throw new Error("no streams here"); }, rawCall: async (rpc) => call(rpc, {}), close: () => undefined };
}

describe("removeImage", () => {
  it("asks by the digest alone where a name with a tag and a digest is refused", async () => {
    const asked: string[] = [];
    await removeImage(removing(["127.0.0.1:5000/a/b@sha256:00"], asked), "127.0.0.1:5000/a/b:v1@sha256:00");
    expect(asked).to.deep.equal(["127.0.0.1:5000/a/b:v1@sha256:00", "127.0.0.1:5000/a/b@sha256:00"]);
  });

  it("asks once where there is no other way to say it, and throws what was answered", async () => {
    const asked: string[] = [];
    const thrown: unknown = await removeImage(removing([], asked), "127.0.0.1:5000/a/b@sha256:00").then(() => undefined, (error: unknown) => error);
    expect(thrown).to.be.an("error").with.property("message").that.contains("UNKNOWN: what is 127.0.0.1:5000/a/b@sha256:00");
    expect(asked).to.have.length(1);
  });
});
