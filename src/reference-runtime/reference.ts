import { refuse } from "./call-error.ts";

/** An image reference, fully spelt out. */
export interface Reference {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const shape = /^(?:([A-Za-z0-9.-]+(?::\d+)?|\[[0-9a-fA-F:]+\](?::\d+)?)\/)?([a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/;

/** Reads a reference; refuses what is none. No tag and no digest means `latest`. */
export function parseReference(written: string): Reference {
  const [first = "", ...others] = written.split("/");
  const named = others.length > 0 && (/[.:[]/.test(first) || first === "localhost");
  const match = shape.exec(named ? written : `docker.io/${others.length === 0 ? "library/" : ""}${written}`);
  const [, registry, repository, tag, digest] = match ?? [];
  if (registry === undefined || repository === undefined) return refuse("INVALID_ARGUMENT", `invalid image reference ${JSON.stringify(written)}`);
  if (digest !== undefined) return { registry, repository, digest };
  return { registry, repository, tag: tag ?? "latest" };
}

/** The name by which a tag is listed. */
export function tagName(reference: Reference): string | undefined {
  return reference.tag === undefined ? undefined : `${reference.registry}/${reference.repository}:${reference.tag}`;
}

/** The name by which a digest is listed. */
export function digestName(reference: Reference, digest: string): string {
  return `${reference.registry}/${reference.repository}@${digest}`;
}
