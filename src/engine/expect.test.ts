import { expect } from "chai";
import { describe, it } from "mocha";
import { differenceOf } from "./expect.ts";

const status = { state: "CONTAINER_EXITED", exit_code: 3n, labels: { a: "1", b: "2" }, metadata: { name: "c", attempt: 0n }, mounts: [{ container_path: "/a" }, { container_path: "/b" }] };
const difference = (wanted: unknown): string | undefined => differenceOf({ status }, { status: wanted }, "ContainerStatusResponse", "v1");

describe("expect", () => {
  it("takes messages in part, and numbers by value", () => {
    expect(difference({ exit_code: 3, metadata: { name: "c" } })).to.equal(undefined);
  });
  it("names the place of every difference, with both values", () => {
    expect(difference({ state: "CONTAINER_RUNNING", exit_code: 0n })).to.equal('status.state: wanted "CONTAINER_RUNNING", got "CONTAINER_EXITED"; status.exit_code: wanted 0, got 3');
  });
  it("takes maps whole", () => {
    expect(difference({ labels: { a: "1" } })).to.equal('status.labels.b: wanted nothing, got "2"');
  });
  it("takes lists whole and their items in part", () => {
    expect(difference({ mounts: [{ container_path: "/a" }, { container_path: "/x" }] })).to.equal('status.mounts[1].container_path: wanted "/x", got "/b"');
    expect(difference({ mounts: [{ container_path: "/a" }] })).to.match(/^status\.mounts: wanted \[.*\], got \[/);
  });
  it("tells null, which is absence, from what is there", () => {
    expect(difference({ metadata: null })).to.match(/^status\.metadata: wanted null, got /);
  });
});
