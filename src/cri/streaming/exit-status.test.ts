import { expect } from "chai";
import { describe, it } from "mocha";
import { readStatus } from "./exit-status.ts";

const v4 = "v4.channel.k8s.io";
const failure = (code: string): string =>
  JSON.stringify({ status: "Failure", reason: "NonZeroExitCode", details: { causes: [{ reason: "ExitCode", message: code }] } });

describe("readStatus", () => {
  it("reads Success as 0", () => {
    expect(readStatus('{"metadata":{},"status":"Success"}', v4, true, undefined)).to.include({ exitCode: 0n });
  });

  it("reads the decimal code", () => {
    expect(readStatus(failure("137"), v4, true, undefined).exitCode).to.equal(137n);
  });

  it("gives no exit code for one that is not decimal", () => {
    expect(readStatus(failure("0x3"), v4, true, undefined)).to.include({ error: "NonZeroExitCode without an ExitCode" });
  });

  it("takes any other failure as an error", () => {
    expect(readStatus('{"status":"Failure","reason":"InternalError","message":"boom","code":500}', v4, true, undefined)).to.include({ error: "boom" });
  });

  it("knows no exit status in silence, but before v4", () => {
    expect(readStatus("", v4, true, undefined)).to.deep.equal({ error: "the stream ended without a status" });
    expect(readStatus("", "v2.channel.k8s.io", true, undefined)).to.deep.equal({ exitCode: 0n });
    expect(readStatus("", "v2.channel.k8s.io", false, "reset")).to.deep.equal({ error: "reset" });
  });
});
