import { expect } from "chai";
import { describe, it } from "mocha";
import { buildIndex, digestOf, ociArchive } from "./builder.ts";
import { tar } from "./tar.ts";
import { buildProbeImage } from "./test-images.ts";

const made = (architecture: string) => buildProbeImage(new Uint8Array([1, 2, 3]), { User: "1000" }, [], architecture);

describe("images", () => {
  it("have the same digest everywhere", () => {
    expect(made("amd64").root.digest).to.equal("sha256:08efa4283db8c88e9edaa5216d48aeb7d044064ddcf6836ae81e828c14942c6b");
  });

  it("change with their content", () => {
    expect(made("arm64").root.digest).not.to.equal(made("amd64").root.digest);
  });

  it("name every platform in an index", () => {
    const index = buildIndex(["amd64", "arm64"].map((architecture) => ({ platform: { os: "linux", architecture }, image: made(architecture) })));
    expect(JSON.parse(index.root.bytes.toString()).manifests.map((one: { platform: { architecture: string } }) => one.platform.architecture)).to.deep.equal(["amd64", "arm64"]);
    expect(index.manifests).to.have.length(2);
  });

  it("are archived the same each time", () => {
    expect(digestOf(ociArchive(made("amd64"), ["a/b:1"]))).to.equal(digestOf(ociArchive(made("amd64"), ["a/b:1"])));
  });
});

describe("tar", () => {
  it("does not depend on the order given", () => {
    const a = { path: "a", type: "file", mode: 0o644 } as const;
    const b = { path: "b", type: "directory", mode: 0o755 } as const;
    expect(tar([b, a]).equals(tar([a, b]))).to.equal(true);
  });

  it("refuses a path that does not fit", () => {
    expect(() => tar([{ path: "x".repeat(300), type: "file", mode: 0o644 }])).to.throw("too long");
  });
});
