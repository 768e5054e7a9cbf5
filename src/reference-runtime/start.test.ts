import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { connectBest } from "../cri/grpc-client.ts";
import { type ReferenceRuntime, startReferenceRuntime } from "./start.ts";

describe("startReferenceRuntime", () => {
  let folder = "";
  const runtimes: ReferenceRuntime[] = [];
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), "criteria-start-")); });
  afterEach(async () => {
    await Promise.all(runtimes.splice(0).map((runtime) => runtime.close()));
    rmSync(folder, { recursive: true });
  });

  async function ask(endpoint: string): Promise<string> {
    const client = await connectBest({ runtimeEndpoint: endpoint, imageEndpoint: endpoint, connectTimeoutMs: 10_000 });
    const { code } = await client.call("Version", {});
    client.close();
    return code;
  }

  async function serve(listen: string): Promise<string> {
    const runtime = await startReferenceRuntime({ listen, stateDir: join(folder, "state") });
    runtimes.push(runtime);
    return ask(runtime.endpoint);
  }

  it("serves at a port, and tells which", async () => {
    expect(await serve("tcp://127.0.0.1:0")).to.equal("OK");
    expect(runtimes[0]?.endpoint).to.match(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/);
  });

  it("takes the place of a server that was killed", async () => {
    const path = join(folder, "r.sock");
    spawnSync(process.execPath, ["-e", "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))", path]);
    expect(await serve(`unix://${path}`)).to.equal("OK");
  });

  it("leaves what others serve, and what is no socket", async () => {
    const [socket, file] = [join(folder, "r.sock"), join(folder, "file")];
    writeFileSync(file, "mine");
    expect(await serve(`unix://${socket}`)).to.equal("OK");
    for (const path of [socket, file, join(folder, "missing", "r.sock")]) {
      const thrown: unknown = await serve(`unix://${path}`).catch((error: unknown) => error);
      expect(thrown).to.include({ code: "USAGE" }).and.have.property("message").that.matches(/^cannot listen on unix:\/\//);
    }
    expect(readFileSync(file, "utf8")).to.equal("mine");
    expect(await ask(`unix://${socket}`)).to.equal("OK");
  });
});
