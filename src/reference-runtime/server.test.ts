import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { WebSocket } from "ws";
import type { Message } from "../cri/message.ts";
import { child, children, text } from "./fields.ts";
import { collect, useBench } from "./bench.test.ts";

describe("the reference runtime", () => {
  const bench = useBench();

  it("says who it is", async () => {
    expect(await bench().ok("Version")).to.include({ version: "0.1.0", runtime_name: "criteria-reference", runtime_api_version: "v1" });
    const status = child(await bench().ok("Status"), "status");
    expect(children(status, "conditions").map((condition) => [condition["type"], condition["status"]])).to.deep.equal([["RuntimeReady", true], ["NetworkReady", true]]);
    expect((await bench().call("CheckpointPod")).code).to.equal("INVALID_ARGUMENT");
  });

  it("takes a pod sandbox through its life", async () => {
    const { call, ok, pod } = bench();
    const { id, config } = await pod("life");
    expect((await call("RunPodSandbox", { config })).code).to.equal("ALREADY_EXISTS");
    expect((await call("RunPodSandbox", { config: {} })).code).to.equal("INVALID_ARGUMENT");
    expect((await call("RunPodSandbox", { config, runtime_handler: "none" })).code).to.equal("INVALID_ARGUMENT");
    const status = child(await ok("PodSandboxStatus", { pod_sandbox_id: id }), "status");
    expect(text(child(status, "network"), "ip")).to.match(/^10\.88\.\d+\.\d+$/);
    await ok("StopPodSandbox", { pod_sandbox_id: id });
    await ok("StopPodSandbox", { pod_sandbox_id: id });
    const filter = { id, state: { state: "SANDBOX_NOTREADY" }, label_selector: { app: "life" } };
    expect(children(await ok("ListPodSandbox", { filter }), "items")).to.have.length(1);
    expect(children(await ok("ListPodSandbox", { filter: { ...filter, label_selector: { app: "other" } } }), "items")).to.have.length(0);
    await ok("RemovePodSandbox", { pod_sandbox_id: id });
    await ok("RemovePodSandbox", { pod_sandbox_id: id });
    expect((await call("PodSandboxStatus", { pod_sandbox_id: id })).code).to.equal("NOT_FOUND");
    expect((await call("RemovePodSandbox", { pod_sandbox_id: "" })).code).to.equal("INVALID_ARGUMENT");
  });

  it("starts, stops with a signal or by force, and removes containers", async () => {
    const { call, ok, pod, container, status, exited } = bench();
    const sandbox = await pod("stops");
    const polite = await container(sandbox, "polite", ["pause"]);
    expect((await status(polite))["state"]).to.equal("CONTAINER_CREATED");
    await ok("StartContainer", { container_id: polite });
    expect((await call("StartContainer", { container_id: polite })).code).to.equal("FAILED_PRECONDITION");
    await ok("StopContainer", { container_id: polite, timeout: 10n });
    expect(await status(polite)).to.include({ state: "CONTAINER_EXITED", exit_code: 143n, reason: "Error" });
    const deaf = await container(sandbox, "deaf", ["trap", "--ignore", "SIGTERM"]);
    await ok("StartContainer", { container_id: deaf });
    await ok("StopContainer", { container_id: deaf, timeout: 1n });
    expect(await status(deaf)).to.include({ exit_code: 137n });
    const short = await container(sandbox, "short", ["exit", "0"]);
    await ok("StartContainer", { container_id: short });
    const done = await exited(short);
    expect(done).to.include({ exit_code: 0n, reason: "Completed" });
    expect([BigInt(String(done["created_at"])) <= BigInt(String(done["started_at"])), BigInt(String(done["started_at"])) <= BigInt(String(done["finished_at"]))]).to.deep.equal([true, true]);
    await ok("RemoveContainer", { container_id: short });
    expect((await call("ContainerStatus", { container_id: short })).code).to.equal("NOT_FOUND");
  });

  it("kills and forgets the containers of a pod sandbox that is removed", async () => {
    const { ok, pod, container } = bench();
    const sandbox = await pod("forced");
    const id = await container(sandbox, "inner", ["pause"]);
    await ok("StartContainer", { container_id: id });
    await ok("RemovePodSandbox", { pod_sandbox_id: sandbox.id });
    expect(children(await ok("ListContainers", { filter: { id } }), "containers")).to.have.length(0);
  });

  it("refuses containers that cannot be", async () => {
    const { call, ok, pod, container, status } = bench();
    const sandbox = await pod("refuses");
    const lost = await container(sandbox, "lost", [], { command: ["/missing"] });
    expect((await call("StartContainer", { container_id: lost })).code).to.equal("UNKNOWN");
    expect(await status(lost)).to.include({ state: "CONTAINER_EXITED", exit_code: 128n, reason: "ContainerCannotRun" });
    const config = { metadata: { name: "lost" }, image: { image: "none.example/none:1" } };
    expect((await call("CreateContainer", { pod_sandbox_id: sandbox.id, config })).code).to.equal("ALREADY_EXISTS");
    expect((await call("CreateContainer", { pod_sandbox_id: sandbox.id, config: { ...config, metadata: { name: "a" } } })).code).to.equal("NOT_FOUND");
    await ok("StopPodSandbox", { pod_sandbox_id: sandbox.id });
    expect((await call("CreateContainer", { pod_sandbox_id: sandbox.id, config: { ...config, metadata: { name: "b" } } })).code).to.equal("FAILED_PRECONDITION");
  });

  it("runs commands with output, exit status and timeout", async () => {
    const { call, ok, pod, container } = bench();
    const id = await container(await pod("exec"), "box", ["pause"], { envs: [{ key: "COLOUR", value: Buffer.from("blue") }], working_dir: "/tmp" });
    expect((await call("ExecSync", { container_id: id, cmd: ["/probe", "cwd"] })).code).to.equal("FAILED_PRECONDITION");
    await ok("StartContainer", { container_id: id });
    const exec = (...words: string[]): Promise<Message> => ok("ExecSync", { container_id: id, cmd: ["/probe", ...words] });
    expect(JSON.parse(String(Buffer.from(bytes(await exec("getenv", "COLOUR"), "stdout"))))).to.include({ value: "blue" });
    expect(JSON.parse(String(Buffer.from(bytes(await exec("cwd"), "stdout"))))).to.deep.equal({ cwd: "/tmp" });
    const mixed = await exec("emit", "--stdout", "300", "--stderr", "17MiB", "--exit", "7");
    expect([mixed["exit_code"], bytes(mixed, "stdout").length, bytes(mixed, "stdout")[252], bytes(mixed, "stderr").length]).to.deep.equal([7n, 300, 1, 16 * 1024 * 1024]);
    expect((await exec("attempt", "mount"))["exit_code"]).to.equal(125n);
    expect((await call("ExecSync", { container_id: id, cmd: ["/probe", "sleep", "30"], timeout: 1n })).code).to.equal("DEADLINE_EXCEEDED");
    expect((await call("ExecSync", { container_id: id, cmd: ["/missing"] })).code).to.equal("UNKNOWN");
  });

  it("writes logs and reopens them", async () => {
    const { call, ok, pod, container, status, exited, directory } = bench();
    const sandbox = await pod("logs");
    const id = await container(sandbox, "speaks", ["lines", "--count", "40", "--per-second", "200"]);
    await ok("StartContainer", { container_id: id });
    const path = text(await status(id), "log_path");
    expect(path).to.equal(join(directory, "logs", "logs", "speaks.log"));
    renameSync(path, `${path}.1`);
    await ok("ReopenContainerLog", { container_id: id });
    await exited(id);
    const records = (readFileSync(`${path}.1`, "utf8") + readFileSync(path, "utf8")).trimEnd().split("\n");
    expect(records.map((record) => record.split(" ").slice(1).join(" "))).to.deep.equal(Array.from({ length: 40 }, (_, index) => `stdout F line ${index}`));
    expect(records[0]).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /);
    renameSync(path, `${path}.2`);
    expect((await call("ReopenContainerLog", { container_id: id })).code).to.equal("FAILED_PRECONDITION");
    expect(existsSync(path)).to.equal(false);
  });

  it("keeps what an update leaves out", async () => {
    const { ok, pod, container, status } = bench();
    const id = await container(await pod("update"), "sized", ["pause"], { linux: { resources: { cpu_shares: 512n, memory_limit_in_bytes: 64n << 20n } } });
    await ok("UpdateContainerResources", { container_id: id, linux: { memory_limit_in_bytes: 128n << 20n } });
    expect(child(child(await status(id), "resources"), "linux")).to.include({ cpu_shares: 512n, memory_limit_in_bytes: 128n << 20n });
  });

  it("tells events of a container and streams the same items as it lists", async () => {
    const { ok, pod, container, stream } = bench();
    const events = stream("GetContainerEvents");
    const seen: string[] = [];
    events.on("data", (event: Message) => seen.push(`${text(event, "container_event_type")} ${text(event, "container_id")}`));
    events.on("error", () => undefined);
    await ok("Version");
    const sandbox = await pod("events");
    const id = await container(sandbox, "one", ["pause"]);
    await ok("StartContainer", { container_id: id });
    expect(children(await ok("ListContainerStats", { filter: { pod_sandbox_id: sandbox.id } }), "stats")).to.have.length(1);
    const streamed = await collect(stream("StreamContainers", { filter: { id } }));
    expect(streamed).to.deep.equal([{ containers: (await ok("ListContainers", { filter: { id } }))["containers"] }]);
    expect(await collect(stream("StreamContainers", { filter: { id: "none" } }))).to.deep.equal([]);
    await ok("RemovePodSandbox", { pod_sandbox_id: sandbox.id });
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    events.cancel();
    expect(seen.filter((line) => line.endsWith(id)).map((line) => line.split("_")[1])).to.deep.equal(["CREATED", "STARTED", "STOPPED", "DELETED"]);
  });

  it("serves an exec URL once, over WebSocket", async () => {
    const { call, ok, pod, container } = bench();
    const id = await container(await pod("stream"), "box", ["pause"]);
    await ok("StartContainer", { container_id: id });
    expect((await call("Exec", { container_id: id, cmd: ["/probe", "cat"], tty: true, stdout: true, stderr: true })).code).to.equal("INVALID_ARGUMENT");
    const url = text(await ok("Exec", { container_id: id, cmd: ["/probe", "cat", "--bytes", "4", "--exit", "3"], stdin: true, stdout: true }), "url");
    const frames = await talk(url, "ping");
    expect(frames.slice(0, -1).join("")).to.equal("\u0001\u0001ping");
    expect(frames.at(-1)).to.contain('"reason":"ExitCode","message":"3"');
    expect(await talk(url, "ping").catch((error: unknown) => String(error))).to.contain("404");
  });
});

describe("the reference runtime's ports", () => {
  const bench = useBench();

  it("forwards to what listens and tells of what does not", async () => {
    const { ok, pod, container } = bench();
    const sandbox = await pod("ports");
    await ok("StartContainer", { container_id: await container(sandbox, "echo", ["listen", "--tcp", "80"]) });
    const url = text(await ok("PortForward", { pod_sandbox_id: sandbox.id, port: [80n, 81n] }), "url");
    const frames: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const socket = new WebSocket(url);
      socket.on("open", () => { socket.send(Buffer.from("\u0000ping")); });
      socket.on("message", (data: Buffer) => {
        frames.push(data.toString("latin1"));
        if (frames.at(-1) === "\u0000ping") socket.close();
      });
      socket.on("error", reject);
      socket.on("close", () => { resolve(); });
    });
    expect(frames).to.deep.equal(["\u0000P\u0000", "\u0001P\u0000", "\u0002Q\u0000", "\u0003Q\u0000", "\u0003connection to port 81 refused", "\u0000ping"]);
  });
});

describe("a mutator", () => {
  const bench = useBench([
    { rpc: "Version", after: (response) => ({ ...response, version: "9" }) },
    { rpc: "Status", fail: () => ({ code: "INTERNAL", message: "as ordered" }) },
    { rpc: "StreamImages", after: () => undefined },
    { rpc: "GetContainerEvents", after: () => { throw new Error("out of order"); } },
  ]);

  it("changes, refuses and drops answers", async () => {
    expect(await bench().ok("Version")).to.include({ version: "9" });
    expect(await bench().call("Status")).to.include({ code: "INTERNAL", details: "as ordered" });
    expect(await collect(bench().stream("StreamImages"))).to.deep.equal([]);
  });
  it("that throws ends the stream whose event it cannot change, and no other", async () => {
    const { ok, pod, stream } = bench();
    const ended = collect(stream("GetContainerEvents")).then(() => "OK", String);
    await ok("Version");
    const { id } = await pod("watched");
    await ok("StopPodSandbox", { pod_sandbox_id: id });
    expect(await ended).to.equal("Error: 2 UNKNOWN: out of order");
  });
});

function bytes(message: Message, field: string): Uint8Array {
  const value = message[field];
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function talk(url: string, input: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, "v4.channel.k8s.io");
    const frames: string[] = [];
    socket.on("open", () => { socket.send(Buffer.concat([Buffer.from([0]), Buffer.from(input)])); });
    socket.on("message", (data: Buffer) => frames.push(data.toString("latin1")));
    socket.on("error", reject);
    socket.on("close", () => { resolve(frames); });
  });
}
