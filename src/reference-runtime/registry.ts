import { createHash } from "node:crypto";
import type { Message } from "../cri/message.ts";
import { refuse } from "./call-error.ts";
import { text } from "./fields.ts";
import { httpGet, type HttpAnswer } from "./http-get.ts";
import type { Reference } from "./reference.ts";

const manifestTypes = [
  "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** A conversation with one repository: authenticates when asked to and checks what it gets. */
export class RegistryClient {
  readonly #reference: Reference;
  readonly #auth: Message | undefined;
  readonly #base: string;
  readonly #signal: AbortSignal;
  #authorization: string | undefined;

  constructor(reference: Reference, auth: Message | undefined, plainHttp: boolean, signal: AbortSignal) {
    this.#reference = reference;
    this.#auth = auth !== undefined && isFor(auth, reference.registry) ? auth : undefined;
    const host = reference.registry === "docker.io" ? "registry-1.docker.io" : reference.registry;
    this.#base = `${plainHttp ? "http" : "https"}://${host}/v2/${reference.repository}`;
    this.#signal = signal;
  }

  async manifest(name: string): Promise<{ body: Buffer; digest: string }> {
    const answer = await this.#get(`${this.#base}/manifests/${name}`, { Accept: manifestTypes });
    const digest = sha256(answer.body);
    if (name.startsWith("sha256:") && name !== digest) refuse("UNKNOWN", `manifest ${name} has digest ${digest}`);
    return { body: answer.body, digest };
  }

  async blob(digest: string, size: number): Promise<Buffer> {
    const { body } = await this.#get(`${this.#base}/blobs/${digest}`, {});
    if (body.length !== size) refuse("UNKNOWN", `blob ${digest} has ${body.length} bytes instead of ${size}`);
    if (sha256(body) !== digest) refuse("UNKNOWN", `blob ${digest} has digest ${sha256(body)}`);
    return body;
  }

  async #get(url: string, headers: Record<string, string>): Promise<HttpAnswer> {
    let answer = await this.#send(url, headers);
    if (answer.status === 401) {
      this.#authorization = await this.#answerChallenge(answer.headers["www-authenticate"] ?? "");
      if (this.#authorization !== undefined) answer = await this.#send(url, headers);
    }
    if (answer.status === 200) return answer;
    if (answer.status === 401) refuse("UNAUTHENTICATED", `${url}: the registry wants other credentials (401)`);
    if (answer.status === 403) refuse("PERMISSION_DENIED", `${url}: the registry denies access (403)`);
    if (answer.status === 404) refuse("NOT_FOUND", `${url}: not found (404)`);
    return refuse("UNKNOWN", `RegistryUnavailable: ${url}: HTTP status ${answer.status}`);
  }

  #send(url: string, headers: Record<string, string>): Promise<HttpAnswer> {
    const all = this.#authorization === undefined ? headers : { ...headers, Authorization: this.#authorization };
    return httpGet(new URL(url), { headers: all, signal: this.#signal });
  }

  async #answerChallenge(challenge: string): Promise<string | undefined> {
    const token = text(this.#auth, "registry_token");
    if (token !== "") return `Bearer ${token}`;
    if (/^basic/i.test(challenge)) return basic(this.#auth);
    if (!/^bearer/i.test(challenge)) return undefined;
    return await this.#fetchToken(parameters(challenge));
  }

  async #fetchToken(wanted: Record<string, string>): Promise<string | undefined> {
    const realm = wanted["realm"];
    if (realm === undefined || !URL.canParse(realm)) return undefined;
    const url = new URL(realm);
    const query = { service: wanted["service"] ?? "", scope: wanted["scope"] ?? `repository:${this.#reference.repository}:pull` };
    const refresh = text(this.#auth, "identity_token");
    const answer = refresh === "" ? await this.#askToken(url, query) : await httpGet(url, {
      form: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refresh, client_id: "criteria-reference", ...query }).toString(),
      signal: this.#signal,
    });
    if (answer.status !== 200) refuse("UNAUTHENTICATED", `${realm}: no token (${answer.status})`);
    const token = tokenOf(answer.body);
    return token === undefined ? undefined : `Bearer ${token}`;
  }

  #askToken(url: URL, query: Record<string, string>): Promise<HttpAnswer> {
    for (const [key, value] of Object.entries(query)) if (value !== "") url.searchParams.set(key, value);
    const credentials = basic(this.#auth);
    return httpGet(url, { headers: credentials === undefined ? {} : { Authorization: credentials }, signal: this.#signal });
  }
}

/** `sha256:…` of the bytes. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function isFor(auth: Message, registry: string): boolean {
  const address = text(auth, "server_address").replace(/^https?:\/\//, "");
  return address === "" || address.split("/")[0] === registry;
}

function basic(auth: Message | undefined): string | undefined {
  const encoded = text(auth, "auth").trim();
  const [user, password] = [text(auth, "username"), text(auth, "password")];
  if (user !== "" || password !== "") return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  return encoded === "" ? undefined : `Basic ${encoded}`;
}

function parameters(challenge: string): Record<string, string> {
  return Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1] ?? "", match[2] ?? ""]));
}

function tokenOf(body: Buffer): string | undefined {
  const parsed: unknown = JSON.parse(body.toString("utf8"));
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const token = fields.get("token") ?? fields.get("access_token");
  return typeof token === "string" ? token : undefined;
}
