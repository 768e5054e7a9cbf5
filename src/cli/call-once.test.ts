import { setMaxListeners } from "node:events";
import { expect } from "chai";
import { describe, it } from "mocha";
import { callOnce } from "./call-once.ts";
import type { Terminal } from "./terminal.ts";

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function call(rpc: string, json: string, options: { readonly atOnce?: number } = {}): Promise<Said> {
  const said = { out: "", err: "" };
  const interrupt = new AbortController().signal;
  setMaxListeners(0, interrupt);
  const terminal: Terminal = {
    cwd: process.cwd(), env: {}, argv: [], outIsTty: false, errIsTty: false, columns: () => 80, interrupt, onKill: () => undefined,
    out: (text) => { said.out += text; }, err: (text) => { said.err += text; },
  };
  const code = await callOnce({ rpc, json, terminal, options: { embedded: true, ...options } });
  return { code, ...said };
}

describe("criteria call", () => {
  it("prints the answer as JSON with the proto's names", async () => {
    const { code, out } = await call("Version", "{}");
    expect(code).to.equal(0);
    expect(JSON.parse(out)).to.include({ version: "0.1.0", runtime_api_version: "v1" });
  });
  it("prints code and details of any other status, and exits 1", async () => {
    expect(await call("PodSandboxStatus", '{"pod_sandbox_id":"none"}')).to.deep.include({ code: 1, out: "" });
    expect((await call("PodSandboxStatus", '{"pod_sandbox_id":"none"}')).err).to.match(/^PodSandboxStatus: NOT_FOUND: .*none/);
  });
  it("takes integers beyond a double's, and bytes that are no text", async () => {
    expect((await call("StopContainer", '{"container_id":"none","timeout":9223372036854775807}')).code).to.equal(0);
    expect((await call("CreateContainer", '{"config":{"envs":[{"key":"RAW","value":{"$base64":"//4B"}}]}}')).err).to.match(/^CreateContainer: (?!INTERNAL)/);
  });
  it("counts the outcomes of calls at once", async () => {
    expect(await call("StopPodSandbox", '{"pod_sandbox_id":"none"}', { atOnce: 20 })).to.deep.equal({ code: 0, out: "20 × StopPodSandbox: OK\n", err: "" });
    const { code, out } = await call("ContainerStatus", '{"container_id":"none"}', { atOnce: 3 });
    expect([code, out]).to.satisfy(([exit, text]: [number, string]) => exit === 1 && text.startsWith("3 × ContainerStatus: NOT_FOUND"));
  });
});
