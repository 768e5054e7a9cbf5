import { expect } from "chai";
import { describe, it } from "mocha";
import { child, children, integer, text, texts } from "./fields.ts";
import { useBench } from "./bench.test.ts";

describe("the reference runtime's images", () => {
  const bench = useBench();
  const tags = async (): Promise<string[]> => children(await bench().ok("ListImages"), "images").flatMap((image) => texts(image, "repo_tags"));

  it("pulls, names and removes an image with all its tags", async () => {
    const { ok } = bench();
    const image = bench().images.make({ names: ["one:a", "two:b"], config: { User: "1002" } });
    const ids = new Set<string>();
    for (const ref of image.refs) ids.add(text(await ok("PullImage", { image: { image: ref } }), "image_ref"));
    expect(ids.size).to.equal(1);
    const [id = ""] = ids;
    for (const name of [id, id.slice(7), image.digest_ref, ...image.refs]) {
      const found = child(await ok("ImageStatus", { image: { image: name } }), "image");
      expect([text(found, "id"), texts(found, "repo_tags").length, integer(found, "size") > 0n, integer(child(found, "uid"), "value")], name).to.deep.equal([id, 2, true, 1002n]);
    }
    const fs = children(await ok("ImageFsInfo"), "image_filesystems")[0];
    await ok("RemoveImage", { image: { image: image.refs[0] } });
    expect(await ok("ImageStatus", { image: { image: id } })).to.not.have.property("image");
    await ok("RemoveImage", { image: { image: id } });
    const later = children(await ok("ImageFsInfo"), "image_filesystems")[0];
    expect(integer(child(later, "used_bytes"), "value") < integer(child(fs, "used_bytes"), "value")).to.equal(true);
  });

  for (const auth of ["basic", "token"] as const) {
    it(`gives the credentials that a registry asks for: ${auth}`, async () => {
      const { ok, call } = bench();
      const image = bench().images.make({ auth });
      expect((await call("PullImage", { image: { image: image.ref } })).code).to.equal("UNAUTHENTICATED");
      const kinds = Object.entries(image.credentials).filter(([kind]) => auth === "token" || !/token/.test(kind));
      expect(kinds.map(([kind]) => kind)).to.include("auth");
      const answers = await Promise.all(kinds.map(async ([kind, config]) => [kind, (await call("PullImage", { image: { image: image.ref }, auth: config })).code]));
      expect(answers.filter(([, code]) => code !== "OK")).to.deep.equal([]);
      await ok("RemoveImage", { image: { image: image.ref } });
    });
  }

  it("lists nothing of a pull that failed", async () => {
    const { call } = bench();
    const before = await tags();
    const missing = await call("PullImage", { image: { image: `${bench().images.probeRef}none` } });
    expect(missing.code).to.equal("NOT_FOUND");
    const refused = await call("PullImage", { image: { image: "127.0.0.1:1/none:1" } });
    expect([refused.code, refused.details.startsWith("RegistryUnavailable")]).to.deep.equal(["UNKNOWN", true]);
    for (const fault of ["corrupt-layer", "truncated-layer", "wrong-manifest-digest", "missing-manifest", "http-500"]) {
      const image = bench().images.make({ fault });
      expect((await call("PullImage", { image: { image: fault === "wrong-manifest-digest" ? image.digest_ref : image.ref } })).code, fault).to.not.equal("OK");
    }
    expect((await call("PullImage", { image: { image: "Not A Reference" } })).code).to.equal("INVALID_ARGUMENT");
    expect(await tags()).to.deep.equal(before);
  });
});
