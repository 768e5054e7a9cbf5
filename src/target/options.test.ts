import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { HarnessError } from "../model/errors.ts";
import { resolveEndpoints } from "./options.ts";

describe("resolveEndpoints", () => {
  let folder = "";
  let configFile = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "criteria-options-"));
    configFile = join(folder, "crictl.yaml");
    writeFileSync(configFile, "runtime-endpoint: unix:///from/config.sock\nimage-endpoint: /from/images.sock\ntimeout: 7\n");
  });
  after(() => { rmSync(folder, { recursive: true }); });

  it("prefers flags to the environment, and that to crictl's configuration", () => {
    const env = { CONTAINER_RUNTIME_ENDPOINT: "unix:///from/env.sock" };
    expect(resolveEndpoints({ runtimeEndpoint: "/from/flag.sock", configFile }, env).runtimeEndpoint).to.equal("unix:///from/flag.sock");
    expect(resolveEndpoints({ configFile }, env).runtimeEndpoint).to.equal("unix:///from/env.sock");
    expect(resolveEndpoints({ configFile }, {})).to.deep.equal({ runtimeEndpoint: "unix:///from/config.sock", imageEndpoint: "unix:///from/images.sock", timeoutMs: 7000 });
  });

  it("takes images from the runtime unless told otherwise", () => {
    const empty = join(folder, "empty.yaml");
    writeFileSync(empty, "");
    const { imageEndpoint, timeoutMs } = resolveEndpoints({ runtimeEndpoint: "/r.sock", configFile: empty }, {});
    expect({ imageEndpoint, timeoutMs }).to.deep.equal({ imageEndpoint: "unix:///r.sock", timeoutMs: 10_000 });
    expect(resolveEndpoints({ runtimeEndpoint: "/r.sock", configFile: empty, timeoutMs: 50 }, { IMAGE_SERVICE_ENDPOINT: "tcp://[::1]:80" }))
      .to.include({ imageEndpoint: "tcp://[::1]:80", timeoutMs: 50 });
  });

  it("guesses nothing: it tells which sockets there are", () => {
    const empty = join(folder, "none.yaml");
    writeFileSync(empty, "runtime-endpoint: \"\"\n");
    expect(() => resolveEndpoints({ configFile: empty }, {})).to.throw(HarnessError, /crio\.sock \((exists|does not exist)\)/).with.property("code", "USAGE");
  });

  it("refuses a configuration that cannot be read", () => {
    expect(() => resolveEndpoints({ runtimeEndpoint: "/r.sock", configFile: join(folder, "absent.yaml") }, {})).to.throw(HarnessError, /absent\.yaml/);
  });
});
