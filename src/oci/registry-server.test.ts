import { Buffer } from "node:buffer";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { digestOf } from "./builder.ts";
import type { Registry } from "./registry-server.ts";
import { startRegistry } from "./registry-server.ts";
import type { TestImage, TestImageSpec } from "./test-images.ts";
import { createTestImages } from "./test-images.ts";

describe("the registry", () => {
  let registry: Registry;
  before(async () => {
    registry = await startRegistry({ host: "127.0.0.1", port: 0 });
  });
  after(() => registry.close());

  const serve = (spec: TestImageSpec) => {
    const image = createTestImages({ registry, probe: null }).make(spec);
    const [repository = "", tag = ""] = image.ref.slice(registry.host.length + 1).split(/:(?=[^/]*$)/);
    return { image, manifest: `http://${registry.host}/v2/${repository}/manifests/${tag}`, blob: (digest: string) => `http://${registry.host}/v2/${repository}/blobs/${digest}` };
  };
  const lastLayer = async (manifest: string): Promise<string> => JSON.parse(await (await fetch(manifest)).text()).layers.at(-1).digest;

  it("serves what the digest says, whole and in part", async () => {
    const { image, manifest, blob } = serve({});
    const body = Buffer.from(await (await fetch(manifest)).arrayBuffer());
    expect(digestOf(body)).to.equal(image.digest);
    const part = await fetch(blob(await lastLayer(manifest)), { headers: { range: "bytes=10-19" } });
    expect([part.status, (await part.arrayBuffer()).byteLength]).to.deep.equal([206, 10]);
  });

  it("opens a protected repository to its token alone", async () => {
    const { image, manifest } = serve({ auth: true });
    const refused = await fetch(manifest);
    expect(refused.status).to.equal(401);
    const challenge = new Map([...(refused.headers.get("www-authenticate") ?? "").matchAll(/(\w+)="([^"]*)"/g)].map((m) => [m[1] ?? "", m[2] ?? ""]));
    const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: image.credentials["identity_token"]?.["identity_token"] ?? "", scope: challenge.get("scope") ?? "" });
    const { token } = JSON.parse(await (await fetch(challenge.get("realm") ?? "", { method: "POST", body: form })).text());
    expect((await fetch(manifest, { headers: { authorization: `Bearer ${token}` } })).status).to.equal(200);
    expect((await fetch(manifest, { headers: { authorization: "Bearer other" } })).status).to.equal(401);
  });

  it("asks for credentials at the door, where some clients look for it alone, and gives everybody a token for what is open", async () => {
    const door = await fetch(`http://${registry.host}/v2/`);
    expect([door.status, door.headers.get("www-authenticate")]).to.deep.equal([401, `Bearer realm="http://${registry.host}/token",service="criteria"`]);
    const tokenOf = async (image: TestImage, headers: Record<string, string> = {}) => {
      const answer = await fetch(`http://${registry.host}/token?service=criteria&scope=repository:${image.ref.slice(registry.host.length + 1).replace(/:[^/]*$/, "")}:pull`, { headers });
      return answer.ok ? `Bearer ${JSON.parse(await answer.text()).token}` : answer.status;
    };
    const open = serve({});
    const authorization = String(await tokenOf(open.image));
    expect((await fetch(`http://${registry.host}/v2/`, { headers: { authorization } })).status).to.equal(200);
    expect((await fetch(open.manifest, { headers: { authorization } })).status).to.equal(200);
    const basic = serve({ auth: "basic" });
    const { auth = "" } = basic.image.credentials["auth"] ?? {};
    expect(await tokenOf(basic.image)).to.equal(401);
    expect((await fetch(basic.manifest, { headers: { authorization: String(await tokenOf(basic.image, { authorization: `Basic ${auth}` })) } })).status).to.equal(200);
  });

  it("corrupts a layer, cuts one off, and fails as often as told", async () => {
    const corrupt = serve({ fault: "corrupt-layer" });
    const digest = await lastLayer(corrupt.manifest);
    expect(digestOf(new Uint8Array(await (await fetch(corrupt.blob(digest))).arrayBuffer()))).not.to.equal(digest);
    const cut = serve({ fault: "truncated-layer" });
    const broken = await fetch(cut.blob(await lastLayer(cut.manifest))).then((answer) => answer.arrayBuffer()).catch(() => "broken off");
    expect(broken).to.equal("broken off");
    const failing = serve({ fault: { kind: "http-500", times: 1n } });
    const layer = failing.blob(await lastLayer(failing.manifest));
    expect([(await fetch(layer)).status, (await fetch(layer)).status]).to.deep.equal([500, 200]);
  });

  it("tells a stalled request from an ended one", async () => {
    const { image, manifest, blob } = serve({ fault: "stall" });
    const url = blob(await lastLayer(manifest));
    await fetch(url, { signal: AbortSignal.timeout(200) }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(image.requests().map((one) => one.ended)).to.deep.equal([true, true]);
  });
});
