import { expect } from "chai";
import { describe, it } from "mocha";
import { Objects } from "./objects.ts";
import { FakeClient } from "./testing/fake-client.ts";

function someObjects(): Objects {
  const objects = new Objects();
  objects.made("pod-1");
  objects.served("image-1");
  return objects;
}

describe("Objects", () => {
  it("remove images when no pod has them any more, looking twice after calls that were cancelled", async () => {
    const client = new FakeClient();
    expect(await someObjects().removeAll(client, "run", true)).to.deep.equal([]);
    expect(client.calls).to.deep.equal(["ListPodSandbox", "StopPodSandbox", "RemovePodSandbox", "ListPodSandbox", "RemoveImage"]);
  });

  it("tell what stays, and look once at a runtime that answers no more", async () => {
    const client = new FakeClient({ code: () => "UNAVAILABLE" });
    expect(await someObjects().removeAll(client, "run", true)).to.deep.equal(["ListPodSandbox: UNAVAILABLE ", "StopPodSandbox pod-1: UNAVAILABLE ", "RemoveImage image-1: UNAVAILABLE "]);
    expect(client.calls).to.deep.equal(["ListPodSandbox", "StopPodSandbox", "RemoveImage"]);
  });
});
