import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";

const main = fileURLToPath(new URL("main.js", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let folder = "";
before(() => { folder = mkdtempSync(join(tmpdir(), "criteria-cli-")); });
after(() => { rmSync(folder, { recursive: true, force: true }); });

/** Runs the program in a folder of its own, without the caller's endpoints. */
function criteria(args: readonly string[], onOutput?: (kill: (signal: NodeJS.Signals) => void, text: string) => void): Promise<Ended> {
  const { CONTAINER_RUNTIME_ENDPOINT: _one, IMAGE_SERVICE_ENDPOINT: _two, ...env } = process.env;
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env: { ...env, CI: "1" }, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (part: Buffer) => {
    out += part.toString();
    onOutput?.((signal) => { child.kill(signal); }, out);
  });
  child.stderr.on("data", (part: Buffer) => { err += part.toString(); });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => { resolve({ code, out, err }); });
  });
}

function suiteFolder(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "x.yaml"), text);
  return path;
}

const suite = (step: string): string => `suite: x\nabout: A suite.\ncases:\n  - id: x.y\n    about: A case.\n    steps:\n      - ${step}\n`;

describe("wrong input exits 2", function wrongInput() {
  this.timeout(60_000);
  const table: readonly (readonly [title: string, text: string, message: RegExp])[] = [
    ["an empty file", "", /x\.yaml:1:1/],
    ["invalid YAML", "suite: [x\n", /x\.yaml:\d+:\d+/],
    ["an unknown RPC", suite("StopPodSandbx: {}\n        covers: GEN-01"), /x\.yaml:7:\d+: .*StopPodSandbx/],
    ["an unknown field", suite("Version: { versio: a }\n        covers: Version-01"), /x\.yaml:7:\d+: .*versio/],
    ["a CEL syntax error", suite("Version: {}\n        that: response.version ==\n        covers: Version-01"), /x\.yaml:8:\d+/],
    ["a CEL type error", suite("Version: {}\n        that: response.version == 1\n        covers: Version-01"), /x\.yaml:8:\d+/],
    ["an unknown requirement", suite("Version: {}\n        covers: Version-99"), /x\.yaml:8:\d+: .*Version-99/],
  ];
  for (const [title, text, message] of table) {
    it(`for ${title}, and names the place`, async () => {
      const path = suiteFolder(title.replace(/ /g, "-"), text);
      const { code, err } = await criteria(["run", "--embedded", "--suites", path]);
      expect(err).to.match(message);
      expect(code).to.equal(2);
    });
  }
  for (const [title, args] of [
    ["an unknown suite", ["run", "no/such-suite", "--embedded"]],
    ["an unknown option", ["run", "--embeded"]],
    ["an unknown command", ["judge"]],
    ["an unknown reporter", ["run", "--embedded", "--reporter", "pdf"]],
    ["a waiver file that is not there", ["run", "--embedded", "--waivers", "absent.yaml"]],
    ["a request that is no JSON", ["call", "Version", "{", "--embedded"]],
    ["results that are not there", ["coverage", "--results", "absent.json"]],
    ["a file to lint that is no suite", ["lint", main]],
    ["a folder to lint that is not there", ["lint", "absent"]],
    ["an option that the command does not read", ["call", "Version", "--embedded", "--contract", "1.30"]],
    ["an unknown RPC of call", ["call", "Versio", "{}", "--embedded"]],
  ] as const) {
    it(`for ${title}`, async () => {
      const { code, err } = await criteria(args);
      expect(err).to.match(/\S/);
      expect(code, err).to.equal(2);
      expect(err).not.to.contain("fault of criteria");
    });
  }
  it("for a suite that is wrong, which lint is given by its file", async () => {
    const wrong = join(suiteFolder("lint-file", suite("Version: {}\n        covers: Version-99")), "x.yaml");
    const { code, err } = await criteria(["lint", wrong]);
    expect(err).to.match(/x\.yaml:8:\d+: .*Version-99/);
    expect(code).to.equal(2);
  });
  it("without an endpoint, and tells which sockets were looked for", async function lonely() {
    // Where a runtime is installed the command would find and judge it: that is no unit test any more.
    const usual = ["/etc/crictl.yaml", "/run/containerd/containerd.sock", "/run/crio/crio.sock", "/var/run/cri-dockerd.sock"];
    if (usual.some((path) => existsSync(path))) this.skip();
    const { code, err } = await criteria(["run"]);
    expect(err).to.contain("/run/containerd/containerd.sock");
    expect(code).to.equal(2);
  });
});

describe("a target that cannot be reached exits 3", function unreachable() {
  this.timeout(60_000);
  let server: Server;
  let answer = "";
  before(async () => {
    server = createServer((socket) => {
      socket.on("error", () => {});
      if (answer !== "") socket.end(answer);
    });
    await new Promise<void>((resolve) => { server.listen(join(folder, "deaf.sock"), resolve); });
  });
  after(() => { server.close(); });

  it("for a socket that does not exist", async () => {
    const { code, err } = await criteria(["run", "--runtime-endpoint", `unix://${folder}/absent.sock`]);
    expect(err).to.contain("absent.sock");
    expect(code).to.equal(3);
  });
  it("for a socket that does not speak gRPC", async () => {
    answer = "HTTP/1.0 400 Bad Request\r\n\r\n";
    const { code } = await criteria(["run", "--runtime-endpoint", `unix://${folder}/deaf.sock`, "--timeout", "2s"]);
    expect(code).to.equal(3);
  });
  it("for a socket that hangs on the handshake, within --timeout", async () => {
    answer = "";
    const began = performance.now();
    const { code } = await criteria(["run", "--runtime-endpoint", `unix://${folder}/deaf.sock`, "--timeout", "1s"]);
    expect(code).to.equal(3);
    expect(performance.now() - began).to.be.below(10_000);
  });
});

describe("a run on the embedded runtime", function embedded() {
  this.timeout(120_000);
  it("exits 0 when every check holds, and leaves its reports", async () => {
    const { code, out, err } = await criteria(["run", "runtime/version", "--embedded", "--out", join(folder, "good"), "--json"]);
    expect(code, err).to.equal(0);
    expect(JSON.parse(out)).to.have.nested.property("summary.counts.passed").above(0);
    const again = await criteria(["report", join(folder, "good")]);
    expect(again.code).to.equal(0);
  });
  it("exits 1 when a MUST is broken", async () => {
    const path = suiteFolder("breach", suite('Version: {}\n        that: response.version == "never"\n        covers: Version-01'));
    const { code, out } = await criteria(["run", "--embedded", "--suites", path]);
    expect(out).to.match(/failed\s+x\.y/);
    expect(code).to.equal(1);
  });
  it("exits 4 when a case is broken: its set-up fails", async () => {
    const path = suiteFolder("broken", suite('StopContainer: { container_id: "${absent.id}x" }\n        code: ALREADY_EXISTS\n      - Version: {}\n        covers: Version-01'));
    const { code, out } = await criteria(["run", "--embedded", "--suites", path]);
    expect(out).to.match(/broken\s+x\.y/);
    expect(code).to.equal(4);
  });
  it("exits 130 when interrupted, with the rest not run", async () => {
    let sent = false;
    const { code, out } = await criteria(["run", "--embedded", "--jobs", "1"], (kill, text) => {
      if (!sent && text.includes("contract")) kill("SIGINT");
      sent ||= text.includes("contract");
    });
    expect(code).to.equal(130);
    expect(out).to.match(/not-run/);
  });
});
