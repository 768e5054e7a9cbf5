/** Credentials of a repository: basic, or the bearer tokens that the token endpoint gives for them. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

export type AuthKind = "basic" | "token";

/** A CRI AuthConfig in the proto's field names. */
export type AuthConfig = Readonly<Record<string, string>>;

export interface Secrets {
  readonly username: string;
  readonly password: string;
  readonly identityToken: string;
  readonly registryToken: string;
}

/** Secrets of one repository; they protect nothing but a test. */
export function secretsFor(repository: string): Secrets {
  const secret = (purpose: string): string => createHash("sha256").update(`${purpose} ${repository}`).digest("hex").slice(0, 24);
  return { username: "criteria", password: secret("password"), identityToken: secret("identity"), registryToken: secret("registry") };
}

/** One AuthConfig for each way in which CRI can carry credentials. No server_address: the kubelet sends none, and runtimes read it differently. */
export function credentialsFor(secrets: Secrets): Readonly<Record<string, AuthConfig>> {
  return {
    password: { username: secrets.username, password: secrets.password },
    auth: { auth: Buffer.from(`${secrets.username}:${secrets.password}`).toString("base64") },
    identity_token: { identity_token: secrets.identityToken },
    registry_token: { registry_token: secrets.registryToken },
  };
}

/** Whether an Authorization header opens a repository. Who asked at the door has a token also where the repository itself asks for a password. */
export function opens(header: string | undefined, kind: AuthKind, secrets: Secrets): boolean {
  return (kind === "basic" && isBasic(header, secrets)) || header === `Bearer ${secrets.registryToken}`;
}

function isBasic(header: string | undefined, secrets: Secrets): boolean {
  return header === `Basic ${Buffer.from(`${secrets.username}:${secrets.password}`).toString("base64")}`;
}

/** The answer of the token endpoint: a token for basic credentials or an OAuth2 form, else undefined. */
export function tokenFor(header: string | undefined, form: URLSearchParams, secrets: Secrets): string | undefined {
  const byPassword = form.get("username") === secrets.username && form.get("password") === secrets.password;
  const byIdentity = form.get("grant_type") === "refresh_token" && form.get("refresh_token") === secrets.identityToken;
  return isBasic(header, secrets) || byPassword || byIdentity ? secrets.registryToken : undefined;
}
