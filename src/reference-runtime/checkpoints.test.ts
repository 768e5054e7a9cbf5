import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { children, text } from "./fields.ts";
import { useBench } from "./bench.test.ts";

describe("checkpoints of the reference runtime", () => {
  const bench = useBench();
  let folder = "";
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), "criteria-checkpoint-")); });
  afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

  it("gives a pod back with its files, created and not started", async () => {
    const { call, ok, pod, container, images } = bench();
    const { id, config } = await pod("kept");
    const made = await container({ id, config }, "main", ["pause"]);
    await ok("StartContainer", { container_id: made });
    await ok("ExecSync", { container_id: made, cmd: ["/probe", "write", "/kept", "text"], timeout: 5n });
    await ok("CheckpointPod", { pod_sandbox_id: id, output_path: folder, container_ids: [made] });
    await ok("RemovePodSandbox", { pod_sandbox_id: id });
    const expected = { metadata: { name: "main" }, image: { image: images.probeRef }, command: ["/probe"], args: ["pause"] };
    const request = { checkpoint_path: folder, config, container_configs: [expected] };
    expect((await call("RestorePod", { ...request, container_configs: [{ ...expected, args: ["sleep", "1"] }] })).code).to.equal("FAILED_PRECONDITION");
    expect((await call("RestorePod", { ...request, options: { some: "thing" } })).code).to.equal("INVALID_ARGUMENT");
    expect(children(await ok("ListPodSandbox"), "items")).to.deep.equal([]);
    const [restored] = children(await ok("RestorePod", request), "restored_containers");
    const container_id = text(restored, "container_id");
    expect((await ok("ContainerStatus", { container_id }))["status"]).to.include({ state: "CONTAINER_CREATED" });
    await ok("StartContainer", { container_id });
    const { stdout } = await ok("ExecSync", { container_id, cmd: ["/probe", "read", "/kept"], timeout: 5n });
    expect(stdout instanceof Uint8Array ? Buffer.from(stdout).toString() : "").to.contain('"text"');
  });

  it("leaves nothing where a container is of another pod", async () => {
    const { call, ok, pod, container } = bench();
    const [one, other] = [await pod("one"), await pod("other")];
    const made = await container(other, "main", ["pause"]);
    await ok("StartContainer", { container_id: made });
    expect((await call("CheckpointPod", { pod_sandbox_id: one.id, output_path: folder, container_ids: [made] })).code).to.equal("INVALID_ARGUMENT");
    expect(readdirSync(folder)).to.deep.equal([]);
  });
});
