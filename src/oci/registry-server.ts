/** A read-only registry (distribution API v2) on the loopback, from memory, with faults on request. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { Buffer } from "node:buffer";
import type { Blob, Image } from "./builder.ts";
import { HarnessError } from "../model/errors.ts";
import type { Fault } from "./registry-faults.ts";
import { FaultTrigger } from "./registry-faults.ts";
import type { AuthConfig, AuthKind, Secrets } from "./registry-auth.ts";
import { credentialsFor, opens, secretsFor, tokenFor } from "./registry-auth.ts";
import { faultBefore, sendBlob, sendManifest } from "./registry-answers.ts";

/** One request as the registry saw it; `ended` is set when the answer is complete or the client has gone. */
export interface RegistryRequest {
  readonly method: string;
  readonly path: string;
  status: number;
  ended: boolean;
}

export interface RepositoryOptions {
  readonly auth?: AuthKind;
  readonly fault?: Fault;
}

export interface Repository {
  readonly name: string;
  readonly blobs: Map<string, Blob>;
  readonly manifests: Map<string, Blob>;
  readonly tags: Map<string, string>;
  readonly layers: string[];
  /** What happens once a blob was asked for. */
  readonly after: Map<string, () => void>;
  readonly requests: RegistryRequest[];
  readonly auth: AuthKind | undefined;
  readonly faults: FaultTrigger;
  readonly secrets: Secrets;
}

export interface Registry {
  /** `127.0.0.1:PORT`, as it stands in references. */
  readonly host: string;
  /** Serves an image under tags; the options of the first call for a repository hold. */
  add(image: Image, repository: string, tags: readonly string[], options?: RepositoryOptions): Repository;
  /** Serves another image under the tags as soon as a blob was asked for: a tag that moves between two pulls. */
  moveAfter(blob: string, image: Image, repository: string, tags: readonly string[]): void;
  remove(repository: string): void;
  requests(repository: string): readonly RegistryRequest[];
  credentials(repository: string): Readonly<Record<string, AuthConfig>>;
  close(): Promise<void>;
}

/** What clients that asked at the door get for a repository that is open to all. */
const anonymousToken = "anonymous";

/** Starts a registry; port 0 takes a free one. */
export async function startRegistry(at: { readonly host: string; readonly port: number }): Promise<Registry> {
  const repositories = new Map<string, Repository>();
  const server = createServer((request, response) => {
    handle(repositories, request, response).catch((thrown: unknown) => response.destroy(thrown instanceof Error ? thrown : undefined));
  });
  const host = `${at.host}:${await listen(server, at)}`;
  const find = (name: string): Repository => {
    const repository = repositories.get(name);
    if (repository === undefined) throw new HarnessError("HARNESS_FAULT", `no repository ${name} is served`, { hint: "Add the image first." });
    return repository;
  };
  return {
    host,
    add: (image, name, tags, options = {}) => {
      const repository = repositories.get(name) ?? emptyRepository(name, options);
      repositories.set(name, repository);
      store(repository, image, tags);
      return repository;
    },
    moveAfter: (blob, image, name, tags) => {
      const repository = find(name);
      repository.after.set(blob, () => { store(repository, image, tags); });
    },
    remove: (name) => void repositories.delete(name),
    requests: (name) => find(name).requests,
    credentials: (name) => credentialsFor(find(name).secrets),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((failed) => (failed === undefined ? resolve() : reject(failed)));
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, at: { readonly host: string; readonly port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(new HarnessError("FIXTURE_FAILED", `the registry cannot listen on ${at.host}:${at.port}: ${cause.message}`, { hint: "Choose a free port, or 0.", cause })));
    server.listen(at.port, at.host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : at.port);
    });
  });
}

function emptyRepository(name: string, options: RepositoryOptions): Repository {
  return {
    name, blobs: new Map(), manifests: new Map(), tags: new Map(), layers: [], after: new Map(), requests: [],
    auth: options.auth, faults: new FaultTrigger(options.fault), secrets: secretsFor(name),
  };
}

function store(repository: Repository, image: Image, tags: readonly string[]): void {
  for (const one of [...image.configs, ...image.layers]) repository.blobs.set(one.digest, one);
  for (const one of [image.root, ...image.manifests]) repository.manifests.set(one.digest, one);
  repository.layers.push(...image.layers.map((layer) => layer.digest));
  for (const tag of tags) repository.tags.set(tag, image.root.digest);
}

async function handle(repositories: Map<string, Repository>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://registry.invalid");
  if (url.pathname === "/token") return answerToken(repositories, url, request, response);
  if (url.pathname === "/v2/") return answerBase(request, response);
  const parts = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url.pathname);
  const repository = repositories.get(parts?.[1] ?? "");
  if (parts === null || repository === undefined) return refuse(response, 404, "NAME_UNKNOWN");
  const entry: RegistryRequest = { method: request.method ?? "", path: url.pathname, status: 0, ended: false };
  repository.requests.push(entry);
  response.once("close", () => {
    entry.status = response.statusCode;
    entry.ended = true;
  });
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "UNSUPPORTED");
  if (!mayPass(repository, request, response)) return;
  if (faultBefore(repository, parts[2] === "blobs", response)) return;
  const name = parts[3] ?? "";
  if (parts[2] === "manifests") return sendManifest(repository, name, request, response);
  sendBlob(repository, name, request, response);
  repository.after.get(name)?.();
}

/** Some clients learn here, and nowhere else, whether and how to present credentials: so every registry with a private repository asks for them. */
function answerBase(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("docker-distribution-api-version", "registry/2.0");
  if (request.headers.authorization !== undefined) return void response.writeHead(200).end("{}");
  challenge(response, bearer(request));
}

/** Sends the client for a token, and says what it is to be good for. */
function bearer(request: IncomingMessage, scope?: string): string {
  const realm = `http://${request.headers.host ?? "localhost"}/token`;
  return `Bearer realm="${realm}",service="criteria"${scope === undefined ? "" : `,scope="${scope}"`}`;
}

function challenge(response: ServerResponse, text: string): void {
  response.setHeader("www-authenticate", text);
  refuse(response, 401, "UNAUTHORIZED");
}

function mayPass(repository: Repository, request: IncomingMessage, response: ServerResponse): boolean {
  const denied = repository.faults.strikes("unauthorized");
  if (!denied && (repository.auth === undefined || opens(request.headers.authorization, repository.auth, repository.secrets))) return true;
  challenge(response, repository.auth === "token" ? bearer(request, `repository:${repository.name}:pull`) : 'Basic realm="criteria"');
  return false;
}

async function answerToken(repositories: Map<string, Repository>, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  const scope = form.get("scope") ?? url.searchParams.get("scope") ?? "";
  const repository = repositories.get(/^repository:(.+):/.exec(scope)?.[1] ?? "");
  const token = repository === undefined ? undefined : grantedToken(repository, request.headers.authorization, form);
  if (token === undefined) return refuse(response, 401, "UNAUTHORIZED");
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ token, access_token: token, expires_in: 3600 }));
}

function grantedToken({ auth, secrets }: Repository, authorization: string | undefined, form: URLSearchParams): string | undefined {
  return auth === undefined ? anonymousToken : tokenFor(authorization, form, secrets);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ errors: [{ code, message: code }] }));
}
