import { expect } from "chai";
import { describe, it } from "mocha";
import { HarnessError, messageOf } from "../model/errors.ts";
import { decodeMessage, encodeMessage, isDecoded } from "./convert.ts";
import { asRecord, type Message } from "./message.ts";
import { redactRequest, redactRequestBytes } from "./redact.ts";

function roundTrip(type: string, message: Message): Message {
  return decodeMessage("v1", type, encodeMessage("v1", type, message));
}

function refusal(type: string, message: Message): string {
  try {
    encodeMessage("v1", type, message);
  } catch (thrown) {
    expect(thrown).to.be.instanceOf(HarnessError);
    return messageOf(thrown);
  }
  return "accepted";
}

describe("convert", () => {
  it("keeps integers exact over the whole range", () => {
    for (const value of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -1n]) {
      expect(roundTrip("Int64Value", { value })["value"]).to.equal(value);
    }
    expect(roundTrip("UInt64Value", { value: 2n ** 64n - 1n })["value"]).to.equal(2n ** 64n - 1n);
    expect(roundTrip("ExecSyncResponse", { exit_code: -7n })["exit_code"]).to.equal(-7n);
  });

  it("has scalars, lists and maps always, and a message only when it was sent", () => {
    const absent = roundTrip("ContainerConfig", {});
    expect(absent["envs"]).to.deep.equal([]);
    expect(absent["labels"]).to.deep.equal({});
    expect(absent["log_path"]).to.equal("");
    expect(absent).not.to.have.property("linux");
    expect(roundTrip("ContainerConfig", { linux: {} })).to.have.property("linux");
  });

  it("names enum values, and keeps a number that the proto lacks", () => {
    expect(roundTrip("PodSandboxStatus", { state: "SANDBOX_NOTREADY" })["state"]).to.equal("SANDBOX_NOTREADY");
    expect(roundTrip("PodSandboxStatus", { state: 99n })["state"]).to.equal(99n);
    expect(roundTrip("PodSandboxStatus", {})["state"]).to.equal("SANDBOX_READY");
  });

  it("carries bytes, lists of numbers and maps", () => {
    const stdout = Uint8Array.from([0, 255, 10]);
    expect(roundTrip("ExecSyncResponse", { stdout })["stdout"]).to.deep.equal(stdout);
    const groups = { supplemental_groups: [1n, 2n ** 60n] };
    expect(roundTrip("LinuxContainerSecurityContext", groups)["supplemental_groups"]).to.deep.equal(groups.supplemental_groups);
    const labels = { a: "", "io.x/y": "z" };
    expect(roundTrip("PodSandboxConfig", { labels })["labels"]).to.deep.equal(labels);
  });

  it("names the path of what does not fit", () => {
    expect(refusal("ContainerConfig", { metadata: { nam: "x" } })).to.contain("ContainerConfig.metadata.nam");
    expect(refusal("StopContainerRequest", { timeout: "2" })).to.equal('StopContainerRequest.timeout wants an integer (int64), got "2"');
    expect(refusal("ContainerMetadata", { attempt: 2n ** 32n })).to.contain("ContainerMetadata.attempt wants an integer");
    expect(refusal("PodSandboxStatus", { state: "NOTREADY" })).to.contain("PodSandboxState has no value NOTREADY");
    expect(refusal("ContainerConfig", { args: ["a", 1n] })).to.contain("args[1] wants a string");
    expect(refusal("PodSandboxConfig", { labels: { a: 1n } })).to.contain("labels['a'] wants a string");
  });

  it("knows what was read from bytes, however deep, and shares no list or map between messages", () => {
    const sent = encodeMessage("v1", "PodSandboxStatusResponse", { status: { id: "p", metadata: { name: "n" } } });
    const first = decodeMessage("v1", "PodSandboxStatusResponse", sent);
    const status = asRecord(first["status"]) ?? {};
    expect([first, status, status["metadata"]].map((message) => isDecoded(asRecord(message) ?? {}))).to.deep.equal([true, true, true]);
    expect(isDecoded({ ...first })).to.equal(false);
    const second = decodeMessage("v1", "PodSandboxStatusResponse", sent);
    expect(asRecord(second["status"])?.["labels"]).to.not.equal(status["labels"]);
  });

  it("tells garbage from a message", () => {
    expect(() => decodeMessage("v1", "VersionResponse", Uint8Array.from([0x0a, 0x7f, 0x41]))).to.throw("not a VersionResponse");
    expect(() => decodeMessage("v1", "VersionResponse", Uint8Array.from([0x0a, 0x02, 0xc3, 0x28]))).to.throw("not a VersionResponse");
    expect(decodeMessage("v1", "VersionResponse", Uint8Array.from([0xf8, 0x07, 0x01]))["version"]).to.equal("");
  });
});

describe("redactRequest", () => {
  it("blanks every secret and nothing else", () => {
    const auth = { username: "u", password: "p", auth: "a", server_address: "s", identity_token: "i", registry_token: "" };
    const redacted = redactRequest("PullImage", { image: { image: "x" }, auth });
    expect(redacted["image"]).to.deep.equal({ image: "x" });
    expect(redacted["auth"]).to.deep.equal({ ...auth, password: "[redacted]", auth: "[redacted]", identity_token: "[redacted]" });
    expect(auth.password).to.equal("p");
  });

  it("keeps the bytes of what has no room for a secret", () => {
    const sent = (rpc: string, type: string, request: Message): { rpc: string; request: Message; requestBytes: Uint8Array } => ({ rpc, request, requestBytes: encodeMessage("v1", type, request) });
    const pull = sent("PullImage", "PullImageRequest", { image: { image: "x" }, auth: { username: "u", password: "hush" } });
    const kept = Buffer.from(redactRequestBytes(pull)).toString("latin1");
    expect(kept).to.contain("[redacted]");
    expect(kept).to.not.contain("hush");
    const create = sent("CreateContainer", "CreateContainerRequest", { pod_sandbox_id: "p", config: { command: ["hush"] } });
    expect(redactRequestBytes(create)).to.equal(create.requestBytes);
  });
});
